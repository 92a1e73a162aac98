// Learning, by hand: the gradient that the way back has gathered is taken off the weights, once or many times. Each press
// is one round trip; the picture then shows the changed network.

const RATES = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
const TIMES = [1, 10, 100];

class Update {
  constructor(model, words, { onedit, width }) {
    Object.assign(this, { model, words });
    this.rate = element("select", { "aria-label": words.rate });
    for (const rate of RATES) this.rate.append(element("option", { value: rate, selected: rate === 0.1 }, String(rate)));
    this.rate.onchange = () => this.tell();
    const press = (change) => {
      this.foretold = change.endsWith("_1") ? this.fall : undefined; // to be held against what comes
      this.told.replaceChildren(words.working);
      onedit(change);
    };
    const button = (text, change) => element("button", { type: "button", onclick: () => press(change()) }, text);
    this.presses = TIMES.map((times) => button(words.updates[times], () => `lr_${this.rate.value}_${times}`));
    this.losses = [...(model.table.descent?.all ?? [])];
    const back = this.losses.length ? [button(words.startOver, () => "")] : [];
    this.told = element("p", { class: "note", role: "status" });
    this.root = element(
      "div",
      { class: "update" },
      element("div", { class: "formulas" }, formula("w ← w − lr·∂L/∂w")),
      element("div", { class: "updates" }, element("label", {}, `${words.rate} `, this.rate), ...this.presses, ...back),
      this.told,
      ...(this.losses.length ? [lossLine(this.losses, words, width)] : []),
    );
    this.tell();
  }

  // Be set as the one that this one takes the place of.
  resume({ rate, foretold }) {
    this.rate.value = rate.value;
    this.foretold = foretold;
    this.tell();
  }

  tell() {
    const { words, losses, model } = this;
    const L = model.at("total", model.T - 1);
    const isLost = !Number.isFinite(L);
    const told = [];
    const say = (template, places) => told.push(...(told.length ? [words.space] : []), ...sentence(template, places));
    if (losses.length && !isLost) {
      const [before, after] = model.table.lastUpdate.all;
      const step = signed(after - before);
      say(words.learned, { n: losses.length - 1, first: magnitude(losses[0]), last: magnitude(after), step });
      if (this.foretold !== undefined) say(words.foretold, { fall: signed(-this.foretold) });
      if (after !== L) say(words.since, { loss: magnitude(L) });
    }
    if (isLost) say(words.exploded);
    // Along a straight line L would fall by lr·‖∂L/∂w‖²: near enough for small steps.
    this.fall = Number(this.rate.value) * model.at("gradientSquare", 0);
    if (!isLost) say(this.fall > L ? words.tooFar : words.ahead, { lr: this.rate.value, fall: magnitude(this.fall) });
    for (const press of this.presses) press.disabled = isLost;
    this.told.replaceChildren(...told);
  }
}

// The loss before the first update and after each.
function lossLine(losses, words, most) {
  const size = { width: Math.min(620, most), height: 120, left: 52, below: 22 };
  const finite = losses.filter(Number.isFinite);
  const top = Math.max(...finite) || 1;
  const svg = shape("svg", { class: "chart", viewBox: `0 0 ${size.width} ${size.height}` });
  svg.style.maxWidth = `${size.width}px`;
  const base = size.height - size.below;
  const x = (k) => size.left + ((size.width - size.left - 10) * k) / (losses.length - 1);
  const y = (v) => base - (base - 12) * (Number.isFinite(v) ? v / top : 1);
  svg.append(label(size.left - 6, 16, magnitude(top), "axisnumber", "end"), label(size.left - 6, base + 3, "0", "axisnumber", "end"));
  svg.append(shape("line", { class: "axis", x1: size.left, x2: size.width, y1: base, y2: base }));
  svg.append(shape("path", { class: "lossline", d: losses.map((v, k) => `${k ? "L" : "M"}${x(k)} ${y(v)}`).join("") }));
  const wide = Math.max(2, (size.width - size.left) / losses.length);
  losses.forEach((v, k) => {
    const tip = { kind: "chart", text: `${k}: ${full(v)}` };
    if (losses.length <= 40) svg.append(shape("circle", { class: "losspoint", cx: x(k), cy: y(v), r: 2.5 }));
    svg.append(shape("rect", { x: x(k) - wide / 2, y: 0, width: wide, height: base, class: "hit", tip }));
  });
  svg.append(label(x(0), size.height - 6, "0", "time"), label(x(losses.length - 1), size.height - 6, String(losses.length - 1), "time"));
  return element("figure", {}, element("figcaption", {}, words.descentChart), svg);
}
