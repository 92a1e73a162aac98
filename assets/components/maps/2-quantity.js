// One quantity: a map of all units over time, and beside it their values at the step looked at, as bars.

const TOP = 2;
const FOOTING = 16; // under a map, for the numbers of its bars
const LAST = 38; // under the last one, for the time axis too
const PAD = 7; // at both sides of the bars
const tallFor = (units) => Math.max(80, Math.min(260, 9 * units));

class Quantity {
  // onpoint(t, row, event): both undefined where there is nothing; onpick(t, row).
  constructor({ onpoint, onpick, onresize }) {
    this.letter = element("b");
    this.meaning = element("span");
    this.lane = new Lane(80, "map");
    this.bars = new Paper(80, "bars");
    this.mark = element("div", { class: "unit" });
    this.lane.root.append(this.mark);
    this.root = element("figure", {}, element("figcaption", {}, this.letter, " ", this.meaning), element("div", { class: "row" }, this.lane.root, this.bars.root));
    this.lane.paper.onresize = this.bars.onresize = onresize;
    const listen = (root, stepAt) => {
      const place = ({ offsetX, offsetY }) => [stepAt(offsetX), this.rowAt(offsetY)];
      root.onpointermove = (event) => {
        const [t, row] = place(event);
        if (event.buttons === 1 && t !== undefined) onpick(t, row);
        onpoint(row === undefined ? undefined : t, row, event);
      };
      root.onpointerleave = () => onpoint();
      root.onclick = (event) => onpick(...place(event));
    };
    listen(this.lane.root, (x) => this.lane.at(x));
    listen(this.bars.root, () => this.t);
  }

  // about: its name, symbol, meaning, and whether it is signed; values: row(t − 1) has all units of a step; units: the
  // unit of each row.
  show({ about, values, units, steps, words, isLast }) {
    Object.assign(this, { about, values, units, words, isLast });
    write(this.letter, about.symbol);
    write(this.meaning, about.meaning);
    const { lane, bars } = this;
    lane.steps = steps;
    this.tall = tallFor(units.length);
    const height = TOP + this.tall + (isLast ? LAST : FOOTING);
    lane.paper.setHeight(height);
    bars.setHeight(height);
    lane.column.style.bottom = `${height - TOP - this.tall}px`;
    this.map = { levels: this.levels(), signed: about.signed, scale: about.end };
    const [low, high] = [about.signed ? -about.end : 0, about.end].map(fullSize);
    lane.paper.describe(sentence(words.range, { ...about, low, high }));
    bars.canvas.setAttribute("aria-hidden", "true"); // its values are told in words
  }

  value(t, row) {
    return this.values.row(t - 1)[this.units[row]];
  }

  // From 0 to 1 along the scale.
  part(v) {
    const { signed, end } = this.about;
    return Math.max(0, Math.min(1, signed ? (v / end + 1) / 2 : v / end));
  }

  levels() {
    const { units, lane } = this;
    const levels = new Uint16Array(lane.steps * units.length);
    for (let t = 1, k = 0; t <= lane.steps; t++) {
      for (let row = 0; row < units.length; row++, k++) {
        const v = this.value(t, row);
        levels[k] = Number.isFinite(v) ? Math.round(255 * this.part(v)) : LOST;
      }
    }
    return levels;
  }

  get rowHeight() {
    return this.tall / this.units.length;
  }

  rowAt(y) {
    const row = Math.floor((y - TOP) / this.rowHeight);
    return row >= 0 && row < this.units.length ? row : undefined;
  }

  // Where the learner is; only the bars are drawn anew.
  point(palette, t, row) {
    this.t = t;
    this.lane.point(t);
    this.mark.style.height = `${Math.max(2, this.rowHeight)}px`;
    this.mark.style.transform = `translateY(${TOP + row * this.rowHeight}px)`;
    const pen = this.bars.begin();
    if (pen) this.paintBars(pen, palette);
  }

  draw(palette) {
    const pen = this.lane.paper.begin();
    if (pen) this.paintMap(pen, palette);
  }

  paintMap(pen, palette) {
    const { lane, about, units, tall, rowHeight } = this;
    lane.drawMap(pen, palette, this.map, { name: about.name, rows: units.length, top: TOP, height: tall });
    const every = Math.ceil(13 / rowHeight);
    units.forEach((unit, row) => {
      if (row % every === 0) text(pen, palette, String(unit + 1), EDGE.left - 7, TOP + Math.max(5, (row + 0.5) * rowHeight), { align: "right" });
    });
    pen.save();
    pen.translate(11, TOP + tall / 2);
    pen.rotate(-Math.PI / 2);
    text(pen, palette, this.words.unit, 0, 0, { align: "center" });
    pen.restore();
    if (this.isLast) lane.drawTime(pen, palette, TOP + tall + 2, this.words.timeStep);
  }

  paintBars(pen, palette) {
    const { about, units, tall, rowHeight, words, t } = this;
    const wide = this.bars.width - 2 * PAD;
    const x = (v) => PAD + this.part(v) * wide;
    const gap = rowHeight > 4 ? Math.min(2, rowHeight * 0.15) : 0;
    units.forEach((_, row) => {
      const v = this.value(t, row);
      const [from, to] = Number.isFinite(v) ? [Math.min(x(0), x(v)), Math.max(x(0), x(v))] : [PAD, PAD + wide];
      pen.fillStyle = Number.isFinite(v) ? palette[about.name.replace("pre_", "")] : palette.lost;
      pen.fillRect(from, TOP + row * rowHeight + gap / 2, to - from, rowHeight - gap);
    });
    line(pen, x(0), TOP, x(0), TOP + tall, palette.quiet);
    line(pen, PAD, TOP + tall + 0.5, PAD + wide, TOP + tall + 0.5, palette.line);
    const ends = about.signed ? [[-about.end, "left"], [0, "center"], [about.end, "right"]] : [[0, "left"], [1, "right"]];
    for (const [v, align] of ends) text(pen, palette, scaleText(v, about.signed), x(v) + { left: -PAD, center: 0, right: PAD }[align], TOP + tall + 9, { align });
    if (this.isLast) text(pen, palette, sentence(words.at, { t }), PAD + wide / 2, TOP + tall + 26, { align: "center" });
  }
}
