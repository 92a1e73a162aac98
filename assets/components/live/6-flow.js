// How long ∂L/∂s_t is at each step: of all models, h solid and c dotted. Sent as logarithms already.

class Flow extends Lane {
  constructor() {
    super(190, "flow");
    this.caption = element("figcaption");
    this.figure = element("figure", {}, this.caption, this.root);
  }

  say(words) {
    this.words = words;
    this.states = undefined;
  }

  // models: [{ name, hue }]; probes: what each made of the sequence.
  show(models, probes) {
    Object.assign(this, { models, probes, steps: probes[0].steps });
    const withC = probes.some(({ flow }) => flow.c);
    if (withC === this.states) return;
    this.states = withC;
    const name = element("span", {}, element("b", {}, ...lowered(this.words.flow)), ` · ${this.words.logScale}`);
    const keys = withC ? [["h", "thick"], ["c", "dotted"]] : [];
    this.caption.replaceChildren(name, ...keys.map(([state, kind]) => element("span", { class: "key", title: this.words.meanings[state] }, sample(kind), element("i", {}, state))));
  }

  draw(palette) {
    const pen = this.probes && this.paper.begin();
    if (!pen) return;
    const bottom = this.paper.height - 38;
    const lines = this.probes.flatMap(({ flow }, k) => Object.entries(flow).map(([state, logs]) => ({ k, state, logs: logs.slice(-this.steps) })));
    const all = lines.flatMap(({ logs }) => logs.filter((v) => v !== null));
    const axis = powersAxis(all.length ? Math.min(...all) : -1, all.length ? Math.max(...all) : 0);
    const y = this.drawScale(pen, palette, axis, 12, bottom);
    this.drawTime(pen, palette, bottom + 2, this.words.timeStep);
    for (const { k, state, logs } of lines) {
      const points = logs.map((v, i) => (v === null ? null : [this.x(i + 1), y(v)]));
      path(pen, points, this.models[k].hue, 2, state === "c" ? [2, 3] : []);
      if (state === "h" && this.models.length > 1) this.drawSigns(pen, palette, points, k);
    }
  }

  drawSigns(pen, palette, points, k) {
    const every = Math.max(1, Math.round(70 / this.wide));
    for (let i = Math.floor(every * (0.2 + 0.2 * k)); i < points.length; i += every) {
      if (points[i]) mark(pen, palette, k, ...points[i], this.models[k].hue, 0.8);
    }
  }

  told(t) {
    return this.models.flatMap(({ name, hue }, k) =>
      Object.entries(this.probes[k].flow).map(([state, logs]) => {
        const log = logs.at(t - 1 - this.steps);
        return [`${name} ${state}: ${log === null ? "0" : power(log)}`, k, hue];
      }),
    );
  }

  describe() {
    const ends = this.models.map(({ name }, k) => `${name} t = 1: ${this.endText(k, -this.steps)}, t = ${this.steps}: ${this.endText(k, -1)}`);
    this.paper.describe(`${this.words.flow}. ${ends.join("; ")}`);
  }

  endText(k, at) {
    const log = this.probes[k].flow.h.at(at);
    return log === null ? "0" : power(log);
  }
}

const power = (log) => brief(10 ** log);

// Of logarithms: every so many powers of ten; where they span few, also what lies between.
function powersAxis(low, high) {
  const step = Math.max(1, stepFor(Math.max(1, high - low), 5));
  const from = Math.floor(low / step) * step;
  const to = Math.max(Math.ceil(high / step) * step, from + step);
  const place = (v) => (v - from) / (to - from);
  if (to - from <= 2) return { place, ticks: logTicks(from, to, to - from > 1 ? [1, 3] : [1, 2, 5]).map((tick) => ({ ...tick, v: tick.log })) };
  const ticks = Array.from({ length: Math.round((to - from) / step) + 1 }, (_, k) => ({ v: from + k * step, mark: 1, power: from + k * step }));
  return { place, ticks };
}
