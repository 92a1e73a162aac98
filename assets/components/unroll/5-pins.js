// What the learner pinned: one small line for each, its values over all time steps, the current one marked. Pinned
// things stay through steps and phases.

const LINE = { width: 480, height: 44, side: 5 };

class Pins {
  constructor(inside, ongo) {
    Object.assign(this, { inside, ongo, lines: new Map() });
    this.root = element("div", { class: "pins", hidden: true });
  }

  resume({ lines }) {
    for (const { name, unit } of lines.values()) {
      if (this.inside.nodes.has(name) && unit < this.inside.model.H) this.add(name, unit);
    }
  }

  // Pin what is open, or let it go.
  button(name) {
    const { words, unit } = this.inside;
    const isPinned = this.lines.has(`${name} ${unit}`);
    const press = () => (isPinned ? this.remove(name, unit) : this.add(name, unit), this.inside.tell());
    return element("button", { type: "button", class: "pin", "aria-pressed": isPinned, onclick: press }, isPinned ? words.unpin : words.pin);
  }

  add(name, unit) {
    this.lines.set(`${name} ${unit}`, { name, unit, ...this.draw(name, unit) });
    this.list();
  }

  remove(name, unit) {
    this.lines.delete(`${name} ${unit}`);
    this.list();
  }

  list() {
    const { words } = this.inside;
    const rows = [...this.lines.values()].map(({ row }) => row);
    this.root.replaceChildren(element("div", { class: "note" }, words.pinned), ...rows);
    this.show();
  }

  // While the learner predicts, what they are to find out is not told here.
  show() {
    const { inside, lines, root } = this;
    root.hidden = !lines.size || inside.predict.checked;
    if (root.hidden) return;
    for (const { values, points, dot, number } of lines.values()) {
      const isStep = inside.t > 0;
      dot.setAttribute("visibility", isStep ? "visible" : "hidden");
      number.textContent = isStep ? signed(values[inside.t - 1]) : "";
      if (isStep) dot.setAttribute("transform", `translate(${points[inside.t - 1]})`);
    }
  }

  // Values lie on a straight scale with its zero; gradients, which shrink from step to step, by their size on a log one.
  draw(name, unit) {
    const { inside } = this;
    const { words, model } = inside;
    const { quantity } = inside.nodes.get(name);
    const values = Array.from({ length: model.T }, (_, k) => inside.value(name, k + 1, unit));
    const isLog = quantity === "gradient";
    const scale = isLog ? logScale(values) : straightScale(values);
    const place = (k) => LINE.side + ((LINE.width - 2 * LINE.side) * (k + 0.5)) / model.T;
    const points = values.map((v, k) => [place(k), LINE.height - LINE.side - (LINE.height - 2 * LINE.side) * scale.part(v)]);
    const line = points.map(([x, y], k) => `${k ? "L" : "M"}${x} ${y}`).join("");
    const svg = shape("svg", { class: "pinline", viewBox: `0 0 ${LINE.width} ${LINE.height}`, preserveAspectRatio: "xMinYMid", role: "img" });
    svg.setAttribute("aria-label", `${visible(name)} [${unitName(model, unit)}]`);
    if (scale.zero !== undefined) {
      const y = LINE.height - LINE.side - (LINE.height - 2 * LINE.side) * scale.zero;
      svg.append(shape("line", { class: "axis", x1: 0, x2: LINE.width, y1: y, y2: y }));
    }
    const dot = shape("circle", { class: "pindot", r: 4 });
    svg.append(shape("path", { class: "pinpath", d: line }), ...points.map(([x, y]) => shape("circle", { class: "pinpoint", cx: x, cy: y, r: 1.5 })), dot);
    const wide = LINE.width / model.T;
    values.forEach((v, k) => {
      const tip = { kind: "pin", text: `${plain(name, k + 1)} [${unitName(model, unit)}] = ${full(v)}` };
      svg.append(shape("rect", { x: place(k) - wide / 2, y: 0, width: wide, height: LINE.height, class: "hit", tip, onclick: () => this.ongo(k + 1) }));
    });
    const heading = element("span", { class: "pinname" }, ...formula(name).childNodes, ` [${unitName(model, unit)}]`);
    const ends = element("span", { class: "pinends" }, ...[scale.top, scale.kind, scale.bottom].map((text) => element("span", {}, text)));
    const number = element("span", { class: "pinnumber" });
    const remove = () => (this.remove(name, unit), inside.root.open && !inside.root.hidden && inside.t > 0 && inside.tell());
    const close = element("button", { type: "button", class: "unpin", "aria-label": words.unpin, title: words.unpin, onclick: remove }, "×");
    const row = element("div", { class: `pinned q-${quantity}`, "data-pin": `${name} ${unit}` }, heading, ends, svg, number, close);
    return { values, points, dot, number, row };
  }
}

function straightScale(values) {
  const finite = values.filter(Number.isFinite);
  const [low, high] = [Math.min(0, ...finite), Math.max(0, ...finite)];
  const room = high - low || 1;
  const part = (v) => (Number.isFinite(v) ? (v - low) / room : v > 0 ? 1 : 0);
  return { part, zero: part(0), kind: "", top: high ? signed(high) : "0", bottom: low ? signed(low) : "0" };
}

function logScale(values) {
  const sizes = values.map(Math.abs).filter((v) => v > 0 && Number.isFinite(v));
  const [low, high] = sizes.length ? [Math.min(...sizes), Math.max(...sizes)] : [1, 1];
  const room = Math.log10(high / low) || 1;
  const part = (v) => (v === 0 ? 0 : Number.isFinite(v) ? Math.log10(Math.abs(v) / low) / room : 1);
  return { part, kind: "log", top: magnitude(high), bottom: magnitude(low) };
}
