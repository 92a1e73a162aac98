// Pictures over the time steps of one sequence. All have the same edges, so that a step stands under itself.

const EDGE = { left: 54, right: 46 };

class Lane {
  constructor(height, kind) {
    this.paper = new Paper(height, `lane ${kind}`);
    this.column = element("div", { class: "column", hidden: true });
    this.paper.root.append(this.column);
    this.root = this.paper.root;
    this.steps = 1;
  }

  get across() {
    return Math.max(1, this.paper.width - EDGE.left - EDGE.right);
  }

  get wide() {
    return this.across / this.steps;
  }

  // The middle of time step t = 1 … T.
  x(t) {
    return EDGE.left + (t - 0.5) * this.wide;
  }

  // The time step at a place, if there is one.
  at(x) {
    const t = Math.floor((x - EDGE.left) / this.wide) + 1;
    return t >= 1 && t <= this.steps ? t : undefined;
  }

  point(t) {
    this.column.hidden = t === undefined || t > this.steps || !this.paper.width;
    if (this.column.hidden) return;
    const wide = Math.max(this.wide, 2);
    this.column.style.width = `${wide}px`;
    this.column.style.transform = `translateX(${this.x(t) - wide / 2}px)`;
  }

  // Numbers under the steps, as many as there is room for; their name at the end.
  drawTime(pen, palette, y, name) {
    const every = Math.max(1, stepFor(this.steps, this.across / 34));
    for (let t = every === 1 ? 1 : every; t <= this.steps; t += every) this.drawTick(pen, palette, t, y);
    if (every > 1 && this.wide * (every - 1) > 18) this.drawTick(pen, palette, 1, y);
    text(pen, palette, name, EDGE.left + this.across, y + 24, { align: "right" });
  }

  drawTick(pen, palette, t, y) {
    line(pen, this.x(t), y, this.x(t), y + 3, palette.line);
    text(pen, palette, String(t), this.x(t), y + 10, { align: "center" });
  }

  drawScale(pen, palette, axis, top, bottom) {
    const y = (v) => bottom - axis.place(v) * (bottom - top);
    for (const tick of axis.ticks) {
      line(pen, EDGE.left, y(tick.v), EDGE.left + this.across, y(tick.v), palette.faint);
      tickText(pen, palette, tick, EDGE.left - 7, y(tick.v));
    }
    return y;
  }

  // A map in its frame, with what its colours mean at its right edge.
  drawMap(pen, palette, map, { name, rows, across = rows, top, height, marked = true }) {
    const shades = shadesOf(palette, name, map.signed);
    heat(pen, { levels: map.levels, steps: this.steps, rows, shades, across, x: EDGE.left, y: top, width: this.across, height });
    pen.strokeStyle = palette.line;
    pen.lineWidth = 1;
    pen.strokeRect(EDGE.left - 0.5, top - 0.5, this.across + 1, height + 1);
    if (!marked) return;
    const x = EDGE.left + this.across + 7;
    heat(pen, { levels: FALLING, steps: 1, rows: 256, shades, across: 256, x, y: top, width: 5, height });
    pen.strokeRect(x - 0.5, top - 0.5, 6, height + 1);
    const small = { font: `10px ${palette.font}` };
    text(pen, palette, scaleText(map.signed ? map.scale : 1, map.signed), x + 9, top + 4, small);
    text(pen, palette, map.signed ? scaleText(-map.scale, true) : "0", x + 9, top + height - 4, small);
  }

  // How letters are written, the widest of them `em` times its font's size: so large, and in turn on so many lines, as few
  // as keep them apart; undefined where three are too few.
  fit(em, largest = 14) {
    for (const lines of [1, 2, 3]) {
      const size = Math.min(largest, (lines * this.wide) / (1.1 * em));
      if (size >= (em > 0.8 ? 10.5 : 8.4)) return { size, lines };
    }
    return undefined;
  }
}

const FALLING = Uint8Array.from({ length: 256 }, (_, k) => 255 - k); // a scale
const LINE = 14; // pixels

// In sizes of the font; an ideograph is twice as wide as a letter.
function widest(palette, tokens) {
  const pen = FILM.getContext("2d");
  pen.font = `600 20px ${palette.mono}`;
  return Math.max(...tokens.map((token) => pen.measureText(token).width)) / 20;
}

// Short, for there is little room: two digits, or with an exponent one.
const scaleText = (v, signed) => (signed && v > 0 ? "+" : "") + tidy(Math.abs(v) < 1000 ? String(Number(v.toPrecision(2))) : v.toExponential(0));
