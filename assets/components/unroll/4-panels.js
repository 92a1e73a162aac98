// What stands under the picture: the step in words and equations, and what adds up over the steps.

class Panels {
  constructor(model, words, story, { width, onedit, storeys }) {
    const narrow = width < 560;
    const [wide, slim] = narrow ? [width - 30, width - 30] : [0.6 * width - 54, 0.4 * width - 54];
    Object.assign(this, { model, words, story, storeys, wide, slim, built: {} });
    this.update = onedit && new Update(model, words, { onedit, width: wide });
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
    if (this.model.table.dW) gradient?.paint(this.model.table.dW.row(Math.max(t, 1) - 1));
  }

  // What a phase shows is made when it is first entered.
  build(phase) {
    const { model, words, wide, slim } = this;
    const { table, scale, states, T } = model;
    const lines = (formulas) => element("div", { class: "formulas", tabindex: 0 }, ...formulas.map(formula));
    const weights = () => this.heat(words.weights, table.weight_hh.all, scale.weight_hh).root;
    if (phase === "forward") return { left: [lines(model.formulas)], right: [weights()], charts: [] };
    if (phase === "loss") {
      const chart = new Chart(words.lossChart, table.losses.all, { write: magnitude, width: slim });
      const where = element("div", { class: "where" }, ...sentence(words.where));
      return { left: [lines(model.lossFormulas), where], right: [chart.root], charts: [chart] };
    }
    if (phase === "update") {
      const change = table["change.weight_hh"];
      const last = change ? [this.heat(words.change, change.all, scale.change).root] : [];
      const gradient = this.heat(words.gradientNow, table["grad.weight_hh"].all, scale["grad.weight_hh"], "∂L/∂");
      return { left: [this.update.root], right: [...last, gradient.root], charts: [] };
    }
    if (this.isRight()) return { left: [lines(model.backFormulas)], right: [weights()], charts: [] };
    const norms = states.map((name) => {
      const title = words.normChart.replace("{s}", name);
      const settings = { write: magnitude, log: true, kind: `q-${name}`, width: wide };
      return new Chart(title, table[`norm.${name}`].all.subarray(1), settings);
    });
    const share = new Chart(words.shareChart, table.share.all, { write: percent, width: slim });
    const gradient = table.dW
      ? this.heat(words.gradient, table.dW.row(T - 1), scale.dW, "∂L/∂")
      : this.heat(words.wholeGradient, table["grad.weight_hh"].all, scale["grad.weight_hh"], "∂L/∂");
    return {
      left: [lines(model.backFormulas), ...norms.map((chart) => chart.root)],
      right: [share.root, gradient.root],
      charts: [...norms, share],
      gradient,
    };
  }

  // W_hh, or what has gathered of its gradient.
  heat(title, values, scale, of = "") {
    const { model, words, slim } = this;
    const matrix = new Matrix(model, words, "weight_hh");
    const withNumbers = matrix.height <= 8;
    const across = withNumbers || matrix.columns > 100 ? 1 : Math.min(2, model.blocks.length);
    const heat = new Heat(matrix, {
      caption: element("figcaption", {}, ...sentence(title)),
      ...{ scale, withNumbers, across, named: across === 1 ? matrix.longestName : 0, most: slim },
      lines: (entry) => [matrix.written(entry, heat.value(entry), of), matrix.meaning(entry)],
    });
    heat.paint(values);
    return heat;
  }

  // A network that is right to the last digit has no loss, and so no gradient to draw.
  isRight() {
    return !(this.model.at("L", 0) > 0);
  }

  tell(phase, t) {
    const { model, words } = this;
    const { steps } = model;
    const token = t > 0 ? model.tokens[t - 1] : "";
    const now = { t, T: steps, token, h: stateAt("h", t), before: stateAt("h", Math.max(t - 1, 0)) };
    const asked = t > 0 && model.asked[t - 1];
    if (t > 0) {
      now.loss = magnitude(model.at("losses", t - 1));
      now.total = magnitude(model.at("total", t - 1));
      if (asked) Object.assign(now, answers(model, t, words));
    }
    if (phase === "forward") {
      if (t === 0) return sentence(words.beforeFirst, now);
      const read = sentence(words.reads, now);
      if (this.storeys.isAnswerPending(t, t)) return [...read, words.space, ...sentence(words.waits)];
      const unasked = model.asked.indexOf(true, t) < 0 ? words.notAskedAnyMore : words.notAskedYet;
      return [...read, words.space, ...sentence(asked ? words.guesses : unasked, now)];
    }
    if (phase === "update") return sentence(words.updating, { loss: magnitude(model.at("L", 0)) });
    if (phase === "loss") {
      if (t === 0) return sentence(words.lossStart, { T: steps, n: model.asked.filter(Boolean).length });
      return sentence(asked ? words.scored : words.notScored, now);
    }
    if (this.isRight()) return sentence(words.nothingToLearn, now);
    now.norm = magnitude(model.at("norm.h", t));
    if (t === steps && !asked) return sentence(words.backNotAsked, now);
    if (t === 0) return sentence(words.backAtStart, now);
    now.flow = magnitude(model.at("flow.h", t - 1));
    if (model.states.includes("c")) now.flowC = magnitude(model.at("flow.c", t - 1));
    now.share = percent(model.at("share", t - 1));
    const arrived = t === steps ? words.backFirst : asked ? words.back : words.backLater;
    return [...sentence(arrived, now), words.space, ...sentence(words.backOn, now)];
  }
}

const stateAt = (name, t) => element("span", { class: "math" }, element("b", { class: `q-${name}` }, name), element("sub", {}, String(t)));

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
