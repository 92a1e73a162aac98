// What stands under the picture: the step in words and equations, and what adds up over the steps.

class Panels {
  constructor(model, words, story, width) {
    const narrow = width < 560;
    const [wide, slim] = narrow ? [width - 30, width - 30] : [0.6 * width - 54, 0.4 * width - 54];
    Object.assign(this, { model, words, story, wide, slim, built: {} });
    this.left = element("div", { class: "panel" });
    this.right = element("div", { class: "panel" });
    this.root = element("div", { class: "panels" }, this.left, this.right);
  }

  show(phase, t) {
    this.built[phase] ??= this.build(phase);
    const { left, right, charts, gradient } = this.built[phase];
    if (this.phase !== phase) {
      this.phase = phase;
      this.left.replaceChildren(...left);
      this.right.replaceChildren(...right);
    }
    this.story.replaceChildren(...this.tell(phase, t));
    for (const chart of charts) chart.show(t, phase === "backward" ? (step) => step >= t : (step) => step <= t);
    gradient?.paint(this.model.table.dW.row(Math.max(t, 1) - 1));
  }

  // What a phase shows is made when it is first entered.
  build(phase) {
    const { model, words, wide, slim } = this;
    const { table, scale, states, T } = model;
    const lines = (formulas) => element("div", { class: "formulas" }, ...formulas.map(formula));
    const weights = () => new Heat(words.weights, model, table.weight_hh.all, scale.W, slim).root;
    if (phase === "forward") return { left: [lines(model.formulas)], right: [weights()], charts: [] };
    if (phase === "loss") {
      const chart = new Chart(words.lossChart, table.losses.all, { write: magnitude, width: slim });
      const where = element("div", { class: "where" }, ...sentence(words.where));
      return { left: [lines(model.lossFormulas), where], right: [chart.root], charts: [chart] };
    }
    if (this.isRight()) return { left: [lines(model.backFormulas)], right: [weights()], charts: [] };
    const norms = states.map((name) => {
      const title = words.normChart.replace("{s}", name);
      const settings = { write: magnitude, log: true, kind: `q-${name}`, width: wide };
      return new Chart(title, table[`norm.${name}`].all.subarray(1), settings);
    });
    const share = new Chart(words.shareChart, table.share.all, { write: percent, width: slim });
    const gradient = new Heat(words.gradient, model, table.dW.row(T - 1), scale.dW, slim);
    return {
      left: [lines(model.backFormulas), ...norms.map((chart) => chart.root)],
      right: [share.root, gradient.root],
      charts: [...norms, share],
      gradient,
    };
  }

  // A network that is right to the last digit has no loss, and so no gradient to draw.
  isRight() {
    return !(this.model.at("total", this.model.T - 1) > 0);
  }

  tell(phase, t) {
    const { model, words } = this;
    const { T } = model;
    const token = t > 0 ? model.tokens[t - 1] : "";
    const now = { t, T, token, h: stateAt("h", t), before: stateAt("h", Math.max(t - 1, 0)) };
    if (t > 0) {
      now.loss = magnitude(model.at("losses", t - 1));
      now.total = magnitude(model.at("total", t - 1));
      if (model.loss !== "squared") {
        const target = model.at("target", t - 1);
        const shown = [...model.table.shown.row(t - 1)];
        now.guess = symbolIn(model, model.at("top", t - 1));
        now.target = symbolIn(model, target);
        now.chance = magnitude(model.at("bars", t - 1, shown.indexOf(target)));
      } else {
        now.guess = signed(model.at("bars", t - 1));
        now.target = signed(model.at("target", t - 1));
      }
    }
    const asked = t > 0 && model.asked[t - 1];
    if (phase === "forward") {
      if (t === 0) return sentence(words.beforeFirst, now);
      const read = sentence(words.reads, now);
      return [...read, words.space, ...sentence(asked ? words.guesses : words.notAsked, now)];
    }
    if (phase === "loss") {
      if (t === 0) return sentence(words.lossStart, { T });
      return sentence(asked ? words.scored : words.notScored, now);
    }
    if (this.isRight()) return sentence(words.nothingToLearn, now);
    if (t === T && !asked) return sentence(words.backNotAsked, now);
    now.norm = magnitude(model.at("norm.h", t));
    if (t === 0) return sentence(words.backAtStart, now);
    now.flow = magnitude(model.at("flow.h", t - 1));
    if (model.states.includes("c")) now.flowC = magnitude(model.at("flow.c", t - 1));
    now.share = percent(model.at("share", t - 1));
    return [...sentence(t === T ? words.backFirst : words.back, now), words.space, ...sentence(words.backOn, now)];
  }
}

const stateAt = (name, t) => element("span", { class: "math" }, element("b", { class: `q-${name}` }, name), element("sub", {}, String(t)));

// A class in a sentence; what stands for the end of a text is set apart from its letters.
const symbolIn = (model, k) => element("b", { class: isEnd(model, k) ? "end" : "" }, model.symbols[k]);

// Bars over time steps 1 … T; what has not happened yet stays an empty outline.
class Chart {
  constructor(title, numbers, { write, width: most, log = false, kind = "q-gradient" }) {
    const values = [...numbers];
    const height = 84;
    const sizes = values.map(Math.abs).filter((v) => v > 0 && Number.isFinite(v));
    const biggest = Math.max(...sizes, 0);
    const decades = log && sizes.length ? Math.min(12, Math.max(1, Math.ceil(Math.log10(biggest / Math.min(...sizes)) + 0.2))) : 1;
    const part = (v) => {
      if (!(Math.abs(v) > 0) || !biggest) return 0;
      if (!Number.isFinite(v)) return 1;
      return log ? Math.max(0.02, 1 + Math.log10(Math.abs(v) / biggest) / decades) : Math.abs(v) / biggest;
    };
    const below = values.some((v) => v < 0) ? 0.3 * height : 0;
    const room = Math.min(46, (Math.min(620, most) - 52) / values.length);
    const base = 16 + height - below;
    const width = 52 + room * values.length;
    const svg = shape("svg", { class: "chart", viewBox: `0 0 ${width} ${height + 36}` });
    svg.style.maxWidth = `${width}px`; // as large as drawn, so that its text is as large as all other
    svg.append(label(44, 22, biggest ? write(biggest) : "", "axisnumber", "end"));
    svg.append(label(44, base + 3, log && biggest ? write(biggest / 10 ** decades) : "0", "axisnumber", "end"));
    svg.append(shape("line", { class: "axis", x1: 48, x2: width, y1: base, y2: base }));
    this.bars = values.map((v, k) => {
      const size = part(v) * (v < 0 ? Math.max(below - 2, 4) : base - 16);
      const x = 50 + k * room;
      const y = v < 0 ? base : base - size;
      const bar = shape("g", { tip: { kind: "chart", t: k + 1, text: `t = ${k + 1}: ${full(v)}` } });
      bar.append(shape("rect", { x: x + room * 0.12, y, width: room * 0.76, height: Math.max(size, 0.6), rx: 1.5, class: `chartbar ${kind}` }));
      bar.append(shape("rect", { x, y: 0, width: room, height: height + 20, class: "hit" }));
      if (room > 36) bar.append(label(x + room / 2, v < 0 ? base - 4 : y - 4, write(v), "barnumber"));
      const minor = room <= 20 && (k + 1) % 10 !== 0; // written only while it is the current one
      bar.append(label(x + room / 2, height + 32, k + 1, minor ? "time minor" : "time"));
      svg.append(bar);
      return bar;
    });
    this.root = element("figure", {}, element("figcaption", {}, ...sentence(title)), svg);
  }

  show(t, happened) {
    this.bars.forEach((bar, k) => {
      const kind = `${happened(k + 1) ? "" : "pending"}${k + 1 === t ? " current" : ""}`;
      if (bar.kind !== kind) bar.setAttribute("class", (bar.kind = kind));
    });
  }
}

// A matrix as coloured squares, one block for each of the cell's. A small one carries its numbers; a larger one is
// painted on a canvas, since thousands of elements would make a step wait.
class Heat {
  constructor(title, model, values, scale, most) {
    Object.assign(this, { title, model, scale });
    const { H, blocks } = model;
    const withNumbers = blocks.length * H <= 8;
    this.across = withNumbers ? 1 : Math.min(2, blocks.length);
    this.width = withNumbers ? 48 : Math.max(2, Math.min(16, (most - 24 * this.across) / (this.across * H)));
    this.height = withNumbers ? 20 : this.width;
    this.blockSize = [24 + H * this.width, H * this.height + 8];
    this.size = [this.across * this.blockSize[0], Math.ceil(blocks.length / this.across) * this.blockSize[1]].map(Math.ceil);
    const picture = withNumbers ? this.asElements() : this.asCanvas();
    this.root = element("figure", {}, element("figcaption", {}, ...sentence(title)), picture, ramp(scale));
    this.paint(values);
  }

  corner(block) {
    return [(block % this.across) * this.blockSize[0] + 24, Math.floor(block / this.across) * this.blockSize[1]];
  }

  place(index) {
    const { H } = this.model;
    const [x, y] = this.corner(Math.floor(index / (H * H)));
    return [x + (index % H) * this.width, y + (Math.floor(index / H) % H) * this.height];
  }

  tip(index) {
    const { H, blocks } = this.model;
    const { units } = this.model;
    const [row, column] = [Math.floor(index / H), index % H]; // rows are counted through all blocks, as the weights' are
    const meaning = units ? ` (${blocks[Math.floor(row / H)]}: ${units[row % H]} ← ${units[column]})` : "";
    return { kind: "weight", text: () => `[${row + 1}, ${column + 1}] = ${full(this.values[index])}${meaning}` };
  }

  asElements() {
    const { H, blocks } = this.model;
    const svg = shape("svg", { class: "heat", viewBox: `0 0 ${this.size[0]} ${this.size[1]}` });
    svg.style.maxWidth = `${this.size[0]}px`;
    blocks.forEach((name, block) => {
      const [x, y] = this.corner(block);
      svg.append(label(x - 12, y + (H * this.height) / 2 + 4, name, "symbol"));
    });
    this.cells = Array.from({ length: blocks.length * H * H }, (_, index) => {
      const [x, y] = this.place(index);
      const size = { width: this.width - 1, height: this.height - 1, rx: 1 };
      const box = shape("rect", { x, y, ...size, class: "square", tip: this.tip(index) });
      const text = label(x + this.width / 2, y + 13.5, "", "number");
      svg.append(box, text);
      return { box, text };
    });
    return svg;
  }

  asCanvas() {
    const { H, blocks } = this.model;
    const [width, height] = this.size;
    this.canvas = element("canvas", { class: "heat", width: 2 * width, height: 2 * height, role: "img", "aria-label": this.title });
    this.canvas.style.width = `${width}px`;
    this.canvas.onpointermove = ({ offsetX, offsetY }) => {
      const block = Math.floor(offsetX / this.blockSize[0]) + this.across * Math.floor(offsetY / this.blockSize[1]);
      const [x, y] = this.corner(block);
      const [column, row] = [Math.floor((offsetX - x) / this.width), Math.floor((offsetY - y) / this.height)];
      const inside = block < blocks.length && column >= 0 && column < H && row >= 0 && row < H;
      this.canvas.tip = inside ? this.tip(block * H * H + row * H + column) : undefined;
    };
    return this.canvas;
  }

  paint(values) {
    this.values = values;
    if (this.canvas) {
      cancelAnimationFrame(this.due); // with the next frame, so that no key waits for it
      this.due = requestAnimationFrame(() => this.paintCanvas());
      return;
    }
    this.cells.forEach(({ box, text }, k) => {
      box.setAttribute("style", tint(values[k], this.scale));
      text.textContent = signed(values[k]);
      text.setAttribute("class", numberKind(values[k], this.scale));
    });
  }

  // A canvas knows no CSS variables: the theme's colours are read anew each time.
  paintCanvas() {
    const style = getComputedStyle(this.canvas);
    const parts = (name) => style.getPropertyValue(`--${name}`).match(/\w\w/g)?.map((part) => parseInt(part, 16)) ?? [128, 128, 128];
    const [positive, negative, zero] = ["positive", "negative", "zero"].map(parts);
    const { H, blocks } = this.model;
    const pen = this.canvas.getContext("2d");
    pen.setTransform(2, 0, 0, 2, 0, 0);
    pen.clearRect(0, 0, ...this.size);
    pen.fillStyle = style.color || "#808080";
    pen.font = "italic 600 13px Georgia, Times New Roman, serif";
    blocks.forEach((name, block) => {
      const [x, y] = this.corner(block);
      pen.fillText(name, x - 16, y + (H * this.height) / 2 + 4);
    });
    this.values.forEach((v, k) => {
      const part = Math.min(Math.abs(v) / this.scale, 1);
      const end = v < 0 ? negative : positive;
      pen.fillStyle = Number.isFinite(v) ? `rgb(${zero.map((low, i) => low + part * (end[i] - low)).join(" ")})` : "#808080";
      pen.fillRect(...this.place(k), this.width - 0.5, this.height - 0.5);
    });
  }
}
