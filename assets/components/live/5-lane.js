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
    heat(pen, { bytes: map.levels, steps: this.steps, rows, shades, across, x: EDGE.left, y: top, width: this.across, height });
    pen.strokeStyle = palette.line;
    pen.lineWidth = 1;
    pen.strokeRect(EDGE.left - 0.5, top - 0.5, this.across + 1, height + 1);
    if (!marked) return;
    const x = EDGE.left + this.across + 7;
    for (let y = 0; y < height; y++) {
      pen.fillStyle = `rgb(${shades[Math.round(255 * (1 - y / Math.max(1, height - 1)))].join()})`;
      pen.fillRect(x, top + y, 5, 1.5);
    }
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

const LINE = 14; // pixels

// In sizes of the font; an ideograph is twice as wide as a letter.
function widest(palette, tokens) {
  const pen = FILM.getContext("2d");
  pen.font = `600 20px ${palette.mono}`;
  return Math.max(...tokens.map((token) => pen.measureText(token).width)) / 20;
}

// Short, for there is little room: two digits, or with an exponent one.
const scaleText = (v, signed) => (signed && v > 0 ? "+" : "") + tidy(Math.abs(v) < 1000 ? String(Number(v.toPrecision(2))) : v.toExponential(0));

// Numbers of a map, as the core sent them: steps × across.
function unpackMap(map) {
  map.levels ??= Uint8Array.from(atob(map.bytes), (letter) => letter.charCodeAt(0));
  return map;
}

const valueOf = (map, at) => (map.signed ? (map.levels[at] / 127.5 - 1) * map.scale : map.levels[at] / 255);

// ---- What is read: as it is written, where it fits; else numbers as a row of squares each, letters on several lines in
// turn, and words slanted, of long ones their beginning

class Reads extends Lane {
  constructor() {
    super(20, "reads");
  }

  say(words) {
    this.words = words;
  }

  show(tokens) {
    if (tokens === this.given) return;
    this.given = tokens;
    this.steps = tokens.length;
    this.tokens = tokens.map(visible);
    const numbers = tokens.map((token) => token.replace(/\*$/, "").split(" ").map((part) => (part ? Number(part) : NaN)));
    this.numbers = numbers.every((all) => all.every(Number.isFinite)) ? numbers : undefined;
    this.marked = tokens.map((token) => token.length > 1 && token.endsWith("*")); // what counts, among numbers
    this.scale = this.numbers && Math.max(...numbers.flat().map(Math.abs), 1e-9);
    this.longest = Math.max(...this.tokens.map((token) => [...token].length));
    this.em = undefined;
  }

  // How the tokens are shown where there is so much room: upright, as squares, slanted, or not at all.
  get way() {
    const { fitted, longest } = this;
    if (fitted?.lines === 1) return "upright";
    if (this.numbers) return "squares";
    if (fitted && longest === 1) return "upright";
    return longest > 1 && this.wide >= 13 ? "slanted" : "none";
  }

  draw(palette) {
    this.em ??= widest(palette, this.tokens);
    this.fitted = this.fit(this.em, this.longest === 1 ? 14 : 12);
    const { way } = this;
    const tall = 6 + LINE * (this.fitted?.lines ?? 1);
    const rows = this.numbers?.[0].length ?? 1;
    this.square = Math.max(5, Math.min(12, 60 / rows));
    this.above = this.marked?.includes(true) ? 11 : 0;
    this.paper.setHeight({ upright: tall, squares: this.above + rows * this.square + 6, slanted: 14 + 5 * Math.min(this.longest, 12), none: 0 }[way]);
    const pen = way !== "none" && this.paper.begin();
    if (!pen) return;
    const middle = { upright: tall / 2, squares: (this.above + this.paper.height) / 2 - 2, slanted: this.paper.height - 9 }[way];
    text(pen, palette, this.words.reads, EDGE.left - 8, middle, { align: "right" });
    if (way === "squares") this.drawSquares(pen, palette);
    else this.tokens.forEach((token, k) => this.drawToken(pen, palette, { token, k, way }));
  }

  drawToken(pen, palette, { token, k, way }) {
    if (way === "upright") {
      const { size, lines } = this.fitted;
      const font = `600 ${size}px ${palette.mono}`;
      return text(pen, palette, token, this.x(k + 1), 10 + LINE * (k % lines), { align: "center", colour: palette.ink, font });
    }
    pen.save();
    pen.translate(this.x(k + 1) - 3, this.paper.height - 6);
    pen.rotate(-0.9);
    const letters = [...token];
    text(pen, palette, letters.length > 12 ? letters.slice(0, 11).join("") + "…" : token, 0, 0, { colour: palette.ink, font: `11px ${palette.font}` });
    pen.restore();
  }

  drawSquares(pen, palette) {
    const shades = shadesOf(palette, "x", true);
    this.numbers.forEach((all, k) => all.forEach((v, row) => {
      pen.fillStyle = `rgb(${shades[Math.round(127.5 + (127.5 * v) / this.scale)].join()})`;
      pen.fillRect(EDGE.left + k * this.wide, this.above + 2 + row * this.square, this.wide - (this.wide > 5 ? 1 : 0), this.square - 1);
    }));
    this.marked.forEach((is, k) => is && text(pen, palette, "*", this.x(k + 1), 9, { align: "center", colour: palette.ink, font: `700 15px ${palette.mono}` }));
    pen.strokeStyle = palette.line;
    pen.lineWidth = 1;
    pen.strokeRect(EDGE.left - 0.5, this.above + 1.5, this.across + 1, this.numbers[0].length * this.square);
  }
}
