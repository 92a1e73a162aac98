// How the chosen model's weights are distributed, a small histogram for each matrix, all on one symmetric axis.

const FACE = { top: 24, bottom: 22, gap: 18, side: 10 };

class Weights {
  constructor() {
    this.paper = new Paper(124, "weights");
    this.caption = element("figcaption");
    this.root = element("figure", {}, this.caption, this.paper.root);
  }

  say(words) {
    this.words = words;
    this.caption.replaceChildren(title(words.weights));
  }

  show({ reach, counts }, hue) {
    Object.assign(this, { reach, counts, hue });
    this.names = Object.keys(counts);
    const across = this.paper.width < 560 && this.names.length > 3 ? 2 : Math.min(4, this.names.length);
    this.across = across;
    this.paper.setHeight(124 * Math.ceil(this.names.length / across));
  }

  get wide() {
    return (this.paper.width - 2 * FACE.side - (this.across - 1) * FACE.gap) / this.across;
  }

  place(k) {
    return [FACE.side + (k % this.across) * (this.wide + FACE.gap), 124 * Math.floor(k / this.across)];
  }

  draw(palette) {
    const pen = this.counts && this.paper.begin();
    if (!pen) return;
    const end = roundUp(this.reach); // bars grow apart as weights do, while the axis keeps still
    this.names.forEach((name, k) => {
      const [left, above] = this.place(k);
      const bottom = above + 124 - FACE.bottom;
      const values = this.counts[name];
      const most = Math.max(...values);
      const x = (v) => left + ((v / end + 1) / 2) * this.wide;
      const bar = (x(this.reach) - x(-this.reach)) / values.length;
      const middle = x(0);
      line(pen, middle, above + FACE.top - 2, middle, bottom + 4, palette.line);
      const gap = bar > 3 ? 1 : 0;
      pen.fillStyle = this.hue;
      values.forEach((count, i) => {
        const height = (count / most) * (bottom - above - FACE.top);
        if (count) pen.fillRect(x(-this.reach) + i * bar + gap / 2, bottom - Math.max(1, height), Math.max(1, bar - gap), Math.max(1, height));
      });
      line(pen, left, bottom, left + this.wide, bottom, palette.line);
      [[-end, "left"], [0, "center"], [end, "right"]].forEach(([v, align]) => text(pen, palette, (v > 0 ? "+" : "") + plain(v), x(v), bottom + 11, { align }));
      this.drawName(pen, palette, name, left, above + 11);
    });
  }

  // W with its index lowered; what has no index by its name.
  drawName(pen, palette, name, x, y) {
    const index = name.startsWith("weight_") ? name.slice(7) : undefined;
    text(pen, palette, index ? "W" : this.words.embedding, x, y, { colour: palette.ink, font: index ? `italic 16px ${palette.serif}` : `12px ${palette.font}` });
    if (index) text(pen, palette, index.replace("_", " "), x + 17, y + 4, { colour: palette.ink, font: `11px ${palette.serif}` });
  }

  told(px, py) {
    const k = this.names.findIndex((_, j) => {
      const [left, above] = this.place(j);
      return px >= left && px <= left + this.wide && py >= above && py <= above + 124;
    });
    if (k < 0) return undefined;
    const values = this.counts[this.names[k]];
    const v = (((px - this.place(k)[0]) / this.wide) * 2 - 1) * roundUp(this.reach);
    const i = Math.floor(((v / this.reach + 1) / 2) * values.length);
    const [, index, kind] = this.names[k].match(/^weight_((ih|hh|hy).*)/) ?? [];
    const name = index ? [[`W_${index}`], [this.words.matrices[kind]]] : [[this.words.embedding], [this.words.matrices.embedding]];
    if (!(i in values)) return name;
    const edge = (j) => plain(((2 * j) / values.length - 1) * this.reach);
    return [...name, [sentence(this.words.count, { n: values[i], low: edge(i), high: edge(i + 1) })]];
  }

  describe() {
    this.paper.describe(`${this.words.weights}: ${this.names.join(", ")}; ${MINUS}${plain(this.reach)} … ${plain(this.reach)}`);
  }
}
