// What the chosen model answers at each step, beside what would be right. Where nothing is asked it is faint.

class Answers extends Lane {
  constructor() {
    super(150, "answers");
    this.caption = element("figcaption");
    this.figure = element("figure", {}, this.caption, this.root);
  }

  say(words, { symbols, note }) {
    Object.assign(this, { words, symbols, note });
    this.kind = this.em = undefined;
  }

  // Where the k-th answer is given.
  place(k) {
    return this.x(this.late + k + 1);
  }

  symbol(k) {
    return visible(this.symbols?.[k] ?? String(k));
  }

  // steps: of the sequence; answers may be there for the last of them alone.
  show(answers, steps, hue) {
    Object.assign(this, { answers, steps, hue });
    this.late = steps - answers.asked.length;
    if (answers.kind === "numbers") [answers.guess, answers.target].forEach(unpackMap);
    const rows = answers.kind === "numbers" ? answers.guess.levels.length / answers.asked.length : 0;
    if (answers.kind === this.kind && rows === this.rows) return;
    Object.assign(this, { kind: answers.kind, rows });
    this.rowHeight = Math.max(5, Math.min(15, 84 / this.rows));
    this.paper.setHeight({ number: 156, class: this.paper.height, numbers: Math.round(2 * this.rows * this.rowHeight + 54) }[this.kind]);
    const keys = { number: ["target", "guess"], class: ["chance", "wrong"], numbers: [] }[this.kind];
    this.caption.replaceChildren(title(this.words.answers, this.note), ...keys.map((key) => element("span", { class: "key" }, element("span", { class: `dot ${key}` }), this.words[key])));
  }

  draw(palette) {
    if (this.kind === "class") this.fitLetters(palette);
    const pen = this.answers && this.paper.begin();
    if (!pen) return;
    this.root.style.setProperty("--guess", this.hue);
    this.figure.style.setProperty("--guess", this.hue);
    ({ number: () => this.drawNumber(pen, palette), class: () => this.drawClass(pen, palette), numbers: () => this.drawNumbers(pen, palette) })[this.kind]();
  }

  drawNumber(pen, palette) {
    const { asked, guess, target } = this.answers;
    const bottom = this.paper.height - 38;
    const shown = [0, ...target, ...guess.filter((_, k) => asked[k])].filter((v) => v !== null);
    if (target.every((v) => v === 0 || v === 1)) shown.push(1); // a probability
    const axis = linearAxis(Math.min(...shown), Math.max(...shown), 3);
    const y = this.drawScale(pen, palette, axis, 10, bottom);
    this.drawTime(pen, palette, bottom + 2, this.words.timeStep);
    pen.save();
    pen.beginPath();
    pen.rect(EDGE.left - 8, 0, this.across + 16, bottom + 8);
    pen.clip();
    const points = guess.map((v, k) => (v === null ? null : [this.place(k), y(v)]));
    pen.globalAlpha = 0.45;
    path(pen, points, this.hue, 1.2);
    const half = guess.length > 1 ? Math.min(9, Math.max(2, this.wide * 0.42)) : 8; // one alone has room
    points.forEach((point, k) => {
      pen.globalAlpha = asked[k] ? 1 : 0.3;
      if (asked[k] && target[k] !== null) line(pen, this.place(k) - half, y(target[k]), this.place(k) + half, y(target[k]), palette.ink, 3);
      if (point) this.dot(pen, palette, point, guess.length > 1 ? Math.min(4.2, Math.max(1.6, this.wide * 0.3)) : 4.2);
    });
    pen.restore();
    if (guess.length > 1 || guess[0] === null) return;
    const lines = [[this.words.guess, guess[0]], [this.words.target, target[0]]];
    const above = y(guess[0]) > (bottom + 8) / 2 ? -34 : 14;
    lines.forEach(([name, v], k) => text(pen, palette, `${name} ${brief(v)}`, this.place(0) - 14, y(guess[0]) + above + 16 * k, { align: "right", colour: palette.ink, font: `12px ${palette.font}` }));
  }

  dot(pen, palette, [x, y], radius) {
    pen.beginPath();
    pen.arc(x, y, radius, 0, 7);
    pen.fillStyle = this.hue;
    pen.fill();
    if (radius < 2.7) return;
    pen.lineWidth = 1;
    pen.strokeStyle = palette.background;
    pen.stroke();
  }

  // Any symbol may be guessed.
  fitLetters(palette) {
    this.em ??= widest(palette, this.symbols?.length ? this.symbols.map(visible) : ["0"]);
    this.fitted = this.fit(this.em, 13);
    this.paper.setHeight(146 + 2 * LINE * (this.fitted?.lines ?? 1));
  }

  // Bars of the probability of the right class; under them what is right, and what the model holds most likely.
  drawClass(pen, palette) {
    const { asked, chance, target, top } = this.answers;
    const { fitted } = this;
    const { size, lines } = fitted ?? { lines: 1 };
    const row = 3 + LINE * lines;
    const bottom = this.paper.height - 40 - 2 * row;
    const y = this.drawScale(pen, palette, linearAxis(0, 1, 2), 10, bottom);
    const gap = this.wide > 4 ? 1 : 0;
    chance.forEach((v, k) => {
      pen.globalAlpha = asked[k] ? 1 : 0.25;
      pen.fillStyle = this.hue;
      pen.fillRect(this.place(k) - this.wide / 2 + gap, y(v), this.wide - 2 * gap, bottom - y(v));
    });
    pen.globalAlpha = 1;
    line(pen, EDGE.left, bottom, EDGE.left + this.across, bottom, palette.line);
    const [right, guessed] = [bottom + 13, bottom + 13 + row];
    const middle = (LINE * (lines - 1)) / 2;
    if (fitted) text(pen, palette, this.words.target, EDGE.left - 8, right + middle, { align: "right" });
    text(pen, palette, this.words.guess, EDGE.left - 8, guessed + middle, { align: "right" });
    target.forEach((k, i) => {
      if (!asked[i]) return;
      const wrong = top[i] !== k;
      const font = (bold) => `${bold ? "700" : "400"} ${size}px ${palette.mono}`;
      const place = this.place(i);
      const down = LINE * (i % lines);
      if (fitted) {
        text(pen, palette, this.symbol(k), place, right + down, { align: "center", colour: palette.ink, font: font(false) });
        text(pen, palette, this.symbol(top[i]), place, guessed + down, { align: "center", colour: wrong ? palette.wrong : palette.quiet, font: font(wrong) });
      }
      const under = guessed + (fitted ? row - 8 : 0);
      if (wrong) line(pen, place - this.wide / 2 + gap, under, place + this.wide / 2 - gap, under, palette.wrong, 2);
    });
    this.drawTime(pen, palette, bottom + 9 + 2 * row, this.words.timeStep);
  }

  drawNumbers(pen, palette) {
    const { guess, target, asked } = this.answers;
    const height = this.rows * this.rowHeight;
    const tops = [4, height + 12];
    [[this.words.target, target], [this.words.guess, guess]].forEach(([name, map], which) => {
      this.drawMap(pen, palette, map, { name: "y", rows: this.rows, top: tops[which], height });
      if (this.symbols?.length === this.rows && this.rowHeight > 10) {
        this.symbols.forEach((symbol, row) => text(pen, palette, visible(symbol), EDGE.left - 7, tops[which] + (row + 0.5) * this.rowHeight, { align: "right", font: `11px ${palette.mono}` }));
        text(pen, palette, name, EDGE.left - 20, tops[which] + height / 2, { align: "right" });
      } else text(pen, palette, name, EDGE.left - 8, tops[which] + height / 2, { align: "right" });
      pen.fillStyle = palette.background;
      pen.globalAlpha = 0.7;
      asked.forEach((is, k) => is || pen.fillRect(EDGE.left + k * this.wide, tops[which], this.wide, height));
      pen.globalAlpha = 1;
    });
    this.drawTime(pen, palette, tops[1] + height + 3, this.words.timeStep);
  }

  // In words, at one step; y: the row under the pointer.
  told(t, y) {
    const { words, answers } = this;
    const k = t - 1 - this.late;
    const note = answers.asked[k] ? [] : [[words.notAsked]];
    if (k < 0) return note;
    if (this.kind === "number") return [[`${words.guess} ${brief(answers.guess[k])}`], ...(answers.asked[k] ? [[`${words.target} ${brief(answers.target[k])}`]] : note)];
    if (this.kind === "class") {
      if (!answers.asked[k]) return note;
      const names = [[words.target, answers.target[k]], [words.guess, answers.top[k]]].map(([name, symbol]) => [`${name} ${this.symbol(symbol)}`]);
      return [...names, [`${words.chance} ${brief(answers.chance[k])}`]];
    }
    const height = this.rows * this.rowHeight;
    const row = Math.floor((y - (y > height + 8 ? height + 12 : 4)) / this.rowHeight);
    if (!(row >= 0 && row < this.rows)) return note;
    const at = k * this.rows + row;
    const value = (map) => rounded(valueOf(map, at), map.signed);
    const name = this.symbols?.length === this.rows ? this.symbol(row) : String(row + 1);
    return [[`${name}: ${words.guess} ${value(answers.guess)}, ${words.target} ${value(answers.target)}`], ...note];
  }

  describe() {
    this.paper.describe(`${this.words.answers}: ${this.words.guess}, ${this.words.target}`);
  }
}
