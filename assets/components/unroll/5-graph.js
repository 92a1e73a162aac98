// The operations of one step as boxes, each with its name and number, joined to what they are made of. Forwards time
// runs to the right; on the way back the same picture runs to the left.

const NODE = { height: 42, down: 54, gap: 30, margin: 6, least: 74, letter: 7.2, small: 6.1, ideograph: 12 };

class Graph {
  constructor(model, words, { phase, nodes, onopen, tip }) {
    Object.assign(this, { model, words, nodes, onopen, tip });
    const { places, wires } = model.inside[phase];
    const names = Object.keys(places);
    const titles = new Map(names.map((name) => [name, words.ways[nodes.get(name)?.way]]));
    // Each layer is as wide as its longest name.
    const widths = [];
    for (const name of names) {
      const { x } = places[name];
      widths[x] = Math.max(widths[x] ?? NODE.least, widthOf(titles.get(name), visible(name)) + 18);
    }
    this.lefts = widths.map((_, x) => NODE.margin + widths.slice(0, x).reduce((sum, width) => sum + width + NODE.gap, 0));
    this.widths = widths;
    const width = this.lefts.at(-1) + widths.at(-1) + NODE.margin;
    const rows = [...Object.values(places).map(({ y }) => y), ...wires.flatMap(({ lanes }) => lanes)];
    const height = 2 * NODE.margin + NODE.height + NODE.down * Math.max(...rows);
    const caption = phase === "backward" ? words.graphBack : words.graph;
    this.svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "group", "aria-label": caption });
    this.wires = wires.map(({ from, to, lanes }) => ({ to, wire: this.wire(places[from], places[to], lanes, this.isPath(from, to)) }));
    this.boxes = new Map(names.map((name) => [name, this.box(name, titles.get(name), places[name])]));
    this.svg.append(...this.wires.map(({ wire }) => wire), ...[...this.boxes.values()].map(({ box }) => box));
  }

  // The memory's own path, around the matrix.
  isPath(from, to) {
    return this.nodes.get(from)?.way === "later, path" || this.nodes.get(to)?.way === "on, path";
  }

  // From box to box, straight through the layers between, in its own lane.
  wire(from, to, lanes, isPath) {
    const way = Math.sign(to.x - from.x);
    const near = (x) => this.lefts[x] + (way > 0 ? 0 : this.widths[x]);
    const far = (x) => this.lefts[x] + (way > 0 ? this.widths[x] : 0);
    const middle = (y) => NODE.margin + y * NODE.down + NODE.height / 2;
    let x = from.x;
    let d = `M${far(x)} ${middle(from.y)}`;
    let before = from.y;
    for (const y of [...lanes, to.y]) {
      x += way;
      const half = (far(x - way) + near(x)) / 2;
      d += `C${half} ${middle(before)} ${half} ${middle(y)} ${near(x)} ${middle(y)}`;
      if (x !== to.x) d += `L${far(x)} ${middle(y)}`;
      before = y;
    }
    return shape("path", { class: `wire${isPath ? ` path q-${this.model.states.at(-1)}` : ""}`, d });
  }

  box(name, title, place) {
    const width = this.widths[place.x];
    const [x, y] = [this.lefts[place.x], NODE.margin + place.y * NODE.down];
    const node = this.nodes.get(name);
    const quantity = node?.quantity ?? this.model.inside.outside[name];
    const hasNumber = node || !this.model.inside.wide.includes(name) || this.model.table[`in.${name}`].width === 1;
    const middle = x + width / 2;
    const frame = shape("rect", { x, y, width, height: NODE.height, rx: 8, tip: { kind: "node", text: () => this.tip(name) } });
    const number = label(middle, y + 33, "", "number");
    const heading = title ? label(middle, y + 16, title, "wayname") : named(middle, y + (hasNumber ? 16 : 25), name);
    const press = () => node && this.onopen(name);
    const onkeydown = (event) => {
      if (!node || !["Enter", " "].includes(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
      press();
    };
    const pressable = node ? { tabindex: 0, role: "button" } : {};
    const kind = `node q-${quantity}${node ? "" : " outside"}`;
    const box = shape("g", { class: kind, "data-node": name, ...pressable, onclick: press, onkeydown }, frame, heading, number);
    return { box, number };
  }

  // `write` gives each box its number; `open` is the one whose making is told.
  show(write, open) {
    for (const [name, { box, number }] of this.boxes) {
      number.textContent = write(name);
      box.classList.toggle("opened", name === open);
    }
    for (const { wire, to } of this.wires) wire.classList.toggle("opened", to === open);
  }
}

// A title is set smaller than a name.
function widthOf(title, name) {
  const letter = title ? NODE.small : NODE.letter;
  return [...(title ?? name)].reduce((sum, sign) => sum + (sign > "⺀" ? NODE.ideograph : letter), 0);
}

const visible = (name) => name.replace(/[_{}]/g, "");

// A name with its indices lowered, as text in a drawing.
function named(x, y, name) {
  const text = shape("text", { x, y, class: "nodename", "text-anchor": "middle" });
  name.split(/_(\{[^}]*\}|[A-Za-z]+)/).forEach((part, k) => {
    if (k % 2) text.append(shape("tspan", { dy: 4, "font-size": "9px" }, part.replace(/[{}]/g, "")));
    else if (part) text.append(shape("tspan", { dy: k ? -4 : 0 }, part));
  });
  return text;
}
