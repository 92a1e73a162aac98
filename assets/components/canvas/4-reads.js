// What is read: as it is written, where it fits; else numbers as a row of squares each, letters on several lines in
// turn, and words slanted, of long ones their beginning.

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
    if (pen) this.paint(pen, palette, way);
  }

  paint(pen, palette, way = this.way) {
    const { height } = this.paper;
    const middle = { upright: height / 2, squares: (this.above + height) / 2 - 2, slanted: height - 9 }[way];
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
