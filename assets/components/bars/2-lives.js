// How long each unit remembers, in the order of the maps.

const AROUND = { left: 48, right: 8, top: 26, bottom: 36 };

class Lives {
  constructor({ units, long, gate, table, words }) {
    Object.assign(this, { units, long, gate, words, lives: table.lives.all, height: 230 });
  }

  get shown() {
    return [...this.lives].filter((v) => Number.isFinite(v) && v > 0);
  }

  wide(width) {
    return (width - AROUND.left - AROUND.right) / this.units.length;
  }

  paint(pen, palette, width) {
    const { units, lives, words, shown } = this;
    const bottom = this.height - AROUND.bottom;
    const room = bottom - AROUND.top;
    const most = Math.max(1e-9, ...shown);
    const axis = this.long ? logAxis(Math.min(...shown) / 2, most, room) : linearAxis(0, most);
    const y = (v) => bottom - axis.place(v) * room;
    const wide = this.wide(width);
    text(pen, palette, words.lives, AROUND.left, 9);
    for (const tick of axis.ticks) {
      line(pen, AROUND.left, y(tick.v), width - AROUND.right, y(tick.v), palette.faint);
      tickText(pen, palette, tick, AROUND.left - 7, y(tick.v));
    }
    const every = Math.ceil(20 / wide);
    const gap = Math.min(6, wide * 0.2);
    units.forEach((unit, k) => {
      const left = AROUND.left + k * wide;
      if (Number.isFinite(lives[k])) fillBox(pen, palette[this.gate], left + gap / 2, y(lives[k]), wide - gap, bottom - y(lives[k]));
      else text(pen, palette, "∞", left + wide / 2, AROUND.top + 6, { align: "center", colour: palette.ink });
      if (k % every === 0) text(pen, palette, String(unit + 1), left + wide / 2, bottom + 11, { align: "center" });
    });
    line(pen, AROUND.left, bottom, width - AROUND.right, bottom, palette.line);
    text(pen, palette, words.unit, width - AROUND.right, bottom + 27, { align: "right" });
  }

  told(x, y, width) {
    const k = Math.floor((x - AROUND.left) / this.wide(width));
    return k in this.units ? [[`${this.words.unit} ${this.units[k] + 1}: ${Number.isFinite(this.lives[k]) ? plain(this.lives[k]) : "∞"}`]] : undefined;
  }

  get description() {
    return this.units.map((unit, k) => `${this.words.unit} ${unit + 1}: ${Number.isFinite(this.lives[k]) ? plain(this.lives[k]) : "∞"}`).join("; ");
  }
}
