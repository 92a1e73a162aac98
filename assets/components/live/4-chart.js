// A quantity over the updates made so far: a curve for each model.

const PLOT = { left: 48, right: 14, top: 18, bottom: 34 };
const STRIP = 2; // pixels of a curve that become one point
const APART = 96; // pixels between two signs on a curve

// How a training can end: what of it is sent, its mark, and at which update; null: it has not.
const ENDS = [
  ["solved", "✓", ({ solved }) => solved],
  ["diverged", "✕", ({ diverged }) => diverged],
  ["spent", "▮", ({ state, solved, made }) => (state === "spent" && solved === null ? made : null)],
];

class Chart {
  // lines: [{ name, width, alpha }] of a Series, the first one's range shaded; or `exams`: points with a line. rates:
  // are changes of the learning rate marked?
  constructor(height, { lines = [], exams = false, log = true, rates = false }) {
    Object.assign(this, { lines, exams, log, rates });
    this.paper = new Paper(height, "chart");
    this.caption = element("figcaption");
    this.hovered = element("div", { class: "rule", hidden: true });
    this.looked = element("div", { class: "rule moment", hidden: true });
    this.paper.root.append(this.looked, this.hovered);
    this.root = element("figure", {}, this.caption, this.paper.root);
    this.last = 1; // the update at the right end
  }

  get across() {
    return this.paper.width - PLOT.left - PLOT.right;
  }

  x(update) {
    return PLOT.left + (update / this.last) * this.across;
  }

  // The update at a place of the picture.
  at(x) {
    return Math.round(((x - PLOT.left) / this.across) * this.last);
  }

  // models: [{ hue, series, now }]; before: [series]; reference: { value, text } or nothing; last: update at the end.
  draw(palette, { models, before, reference, last }) {
    this.last = last;
    const pen = this.paper.begin();
    if (!pen) return;
    const width = (STRIP * last) / this.across;
    const curves = models.map(({ series }) => this.curvesOf(series, width));
    const olds = before.map((series) => this.curvesOf(series, width).slice(0, 1));
    const axis = this.axis([...curves.flat(2), ...olds.flat(2)], reference?.value);
    const bottom = this.paper.height - PLOT.bottom;
    this.y = (v) => bottom - axis.place(v) * (bottom - PLOT.top);
    this.drawAxes(pen, palette, axis);
    if (reference) line(pen, PLOT.left, this.y(reference.value), PLOT.left + this.across, this.y(reference.value), palette.quiet, 1.3, [5, 4]);
    pen.save();
    pen.beginPath();
    pen.rect(PLOT.left - 6, PLOT.top - 7, this.across + 12, bottom - PLOT.top + 14);
    pen.clip();
    pen.globalAlpha = 0.3;
    olds.forEach((old, k) => old.forEach((strips) => this.drawLine(pen, strips, models[k]?.hue ?? palette.quiet, 1.2)));
    pen.globalAlpha = 1;
    models.forEach((model, k) => this.drawModel(pen, palette, model, curves[k], { k, several: models.length > 1 }));
    pen.restore();
    this.marked = [];
    for (const model of models) this.drawEnd(pen, palette, model);
    if (this.rates) this.drawRates(pen, palette, models);
    if (reference) this.nameReference(pen, palette, reference, curves);
    models.forEach(({ hue }, k) => this.drawLast(pen, palette, hue, curves[k].at(-1).at(-1), k));
  }

  // Strips for each of the lines; of exams each point is one.
  curvesOf(series, width) {
    if (this.exams) return [series.exams.map(([at, score]) => ({ at, mean: score, low: score, high: score }))];
    return this.lines.map(({ name }) => series.strips(name, width));
  }

  axis(strips, reference) {
    const values = strips.flatMap(({ low, high }) => [low, high]);
    if (reference !== undefined) values.push(reference);
    if (!this.log) return linearAxis(0, Math.max(1, ...values));
    const above = values.filter((v) => v > 0);
    const height = this.paper.height - PLOT.top - PLOT.bottom;
    if (!above.length) return logAxis(0.1, 1, height);
    const [low, high] = [Math.min(...above), Math.max(...above)];
    return logAxis(values.length === 1 ? low / 10 : low, values.length === 1 ? high * 1.5 : high, height);
  }

  drawAxes(pen, palette, axis) {
    const right = PLOT.left + this.across;
    const bottom = this.paper.height - PLOT.bottom;
    for (const tick of axis.ticks) {
      const y = this.y(tick.v);
      line(pen, PLOT.left, y, right, y, palette.faint);
      tickText(pen, palette, tick, PLOT.left - 7, y);
    }
    line(pen, PLOT.left, bottom, right, bottom, palette.line);
    const step = Math.max(1, stepFor(this.last, this.across / 70));
    for (let update = 0; update <= this.last; update += step) {
      line(pen, this.x(update), bottom, this.x(update), bottom + 4, palette.line);
      text(pen, palette, plain(update), this.x(update), bottom + 12, { align: "center" });
    }
    text(pen, palette, this.words.update, right, bottom + 26, { align: "right" });
  }

  // What a guess without memory loses, or what is to be reached: named above or below its line, at the right or the left.
  // The name stays where it is until curves run through it and there is a place with far fewer.
  nameReference(pen, palette, { value, text: words }, curves) {
    const y = this.y(value);
    pen.font = `${SMALL} ${palette.font}`;
    const room = pen.measureText(words).width;
    const right = PLOT.left + this.across - 12;
    const ends = [right - room, PLOT.left + 8];
    if (this.exams) ends.reverse(); // a score ends at its goal, a loss begins at its baseline
    const spots = [-9, 10].flatMap((away) => ends.map((x) => [x, y + away]));
    const points = curves.flat().flatMap((strips) => this.along(strips));
    const hits = spots.map(([x, middle]) => {
      if (middle < PLOT.top || middle > this.paper.height - PLOT.bottom - 6) return Infinity;
      return points.filter(([px, py]) => px > x - 6 && px < x + room + 6 && Math.abs(py - middle) < 9).length;
    });
    const best = hits.indexOf(Math.min(...hits));
    if (!(hits[this.spot] < (this.exams ? 1 : 3) || hits[this.spot] <= 2 * hits[best])) this.spot = best;
    const [x, middle] = spots[this.spot];
    pen.globalAlpha = 0.8;
    pen.fillStyle = palette.background;
    pen.fillRect(x - 4, middle - 8, room + 8, 15);
    pen.globalAlpha = 1;
    text(pen, palette, words, x, middle);
  }

  // Its points, and where they are far apart some of the line between.
  along(strips) {
    const points = strips.map(({ at, mean }) => [this.x(at), this.y(mean)]);
    if (points.length > this.across / 4) return points;
    const between = ([x, y], [x2, y2]) => [0, 0.25, 0.5, 0.75].map((part) => [x + part * (x2 - x), y + part * (y2 - y)]);
    return points.flatMap((point, i) => between(point, points[i + 1] ?? point));
  }

  drawModel(pen, palette, model, curves, { k, several }) {
    const { hue } = model;
    const points = (strips) => strips.map(({ at, mean }) => [this.x(at), this.y(mean)]);
    if (this.exams) {
      const all = points(curves[0]);
      path(pen, all, hue, 1.5);
      const every = Math.ceil((all.length * 12) / this.across); // no more points than there is room for
      all.forEach(([x, y], i) => i % every === 0 && mark(pen, palette, k, x, y, hue, 0.62));
    } else {
      this.drawRange(pen, curves[0], hue);
      this.lines.forEach(({ width, alpha = 1 }, i) => {
        pen.globalAlpha = alpha;
        this.drawLine(pen, curves[i], hue, width);
      });
      pen.globalAlpha = 1;
    }
    const all = points(curves.at(-1));
    if (several && !this.exams) {
      let next = PLOT.left + APART * (0.4 + 0.25 * k);
      for (const [x, y] of all) {
        if (x < next) continue;
        mark(pen, palette, k, x, y, hue, 0.8);
        next = x + APART;
      }
    }
  }

  // Where it stands now, over all else.
  drawLast(pen, palette, hue, last, k) {
    if (last) mark(pen, palette, k, this.x(last.at), this.y(last.mean), hue, 0.95);
  }

  drawLine(pen, strips, hue, width) {
    path(pen, strips.map(({ at, mean }) => [this.x(at), this.y(mean)]), hue, width);
  }

  // From the least to the largest of what one point stands for: a mean hides them.
  drawRange(pen, strips, hue) {
    if (!strips.some(({ low, high }) => high > low)) return;
    pen.beginPath();
    for (const { at, high } of strips) pen.lineTo(this.x(at), this.y(high));
    for (const { at, low } of [...strips].reverse()) pen.lineTo(this.x(at), this.y(low));
    pen.closePath();
    pen.globalAlpha = 0.16;
    pen.fillStyle = hue;
    pen.fill();
    pen.globalAlpha = 1;
  }

  // Where it solved its task, exploded, or had used up its updates. Signs that would meet stand side by side.
  drawEnd(pen, palette, { hue, now }) {
    if (!now) return;
    for (const [, mark, at] of ENDS) {
      const update = at(now);
      if (update === null) continue;
      const x = this.x(update);
      line(pen, x, PLOT.top - 4, x, this.paper.height - PLOT.bottom, hue, 1.2, [2, 3]);
      let place = x;
      while (this.marked.some((other) => Math.abs(other - place) < 13)) place -= 13;
      this.marked.push(place);
      text(pen, palette, mark, place, 7, { align: "center", colour: hue, font: `bold 13px ${palette.font}` });
    }
  }

  // Where its learning rate was changed: a mark that stands on the axis, and the new one beside it; what would meet
  // stands higher.
  drawRates(pen, palette, models) {
    const bottom = this.paper.height - PLOT.bottom;
    const right = PLOT.left + this.across;
    const rows = [];
    pen.font = `${SMALL} ${palette.font}`;
    models.forEach(({ hue, series }, k) => series.rates.slice(1).forEach(([update, lr]) => {
      const x = this.x(update);
      const words = `${this.words.rate} ${plain(lr)}`;
      const signed = models.length > 1 ? 12 : 0;
      const room = pen.measureText(words).width + signed;
      const from = Math.max(PLOT.left, Math.min(x + 4, right - room));
      let row = rows.findIndex((end) => end < Math.min(x, from) - 6);
      if (row < 0) row = rows.length;
      if (row > 3) return line(pen, x, bottom, x, bottom - 8, hue, 2);
      rows[row] = from + room;
      const y = bottom - 9 - 14 * row;
      line(pen, x, bottom, x, y - 6, hue, 2);
      if (signed) mark(pen, palette, k, from + 5, y, hue, 0.75);
      text(pen, palette, words, from + signed, y, { colour: hue, halo: true });
    }));
  }

  // The rules stand over the canvas, so that moving one draws nothing anew.
  rule(which, update) {
    which.hidden = update === undefined || update > this.last;
    if (!which.hidden) which.style.transform = `translateX(${this.x(update)}px)`;
  }
}
