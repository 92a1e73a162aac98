// How often each gate is as good as shut, to the left, and open, to the right.

const ROW = 40;
const BESIDE = { left: 30, right: 14, top: 30, bottom: 40 };
const LABEL = 34; // room for a share beside its bar

class Shares {
  constructor({ gates, table, words }) {
    Object.assign(this, { gates, words, sides: [table.shut.all, table.open.all] });
    this.height = BESIDE.top + ROW * gates.length + BESIDE.bottom;
  }

  // Of a share to the left or to the right, side 0 or 1.
  x(share, side, width) {
    const half = (width - BESIDE.left - BESIDE.right) / 2;
    return BESIDE.left + half + (side ? 1 : -1) * share * (half - LABEL);
  }

  paint(pen, palette, width) {
    const { gates, words, sides } = this;
    const bottom = BESIDE.top + ROW * gates.length;
    this.paintKeys(pen, palette);
    for (const [share, side] of [[1, 0], [0.5, 0], [0, 1], [0.5, 1], [1, 1]]) {
      const x = this.x(share, side, width);
      line(pen, x, BESIDE.top, x, bottom, share ? palette.faint : palette.line);
      text(pen, palette, String(100 * share), x, bottom + 11, { align: "center" });
    }
    text(pen, palette, words.share, this.x(0, 1, width), bottom + 28, { align: "center" });
    gates.forEach((gate, k) => {
      const y = BESIDE.top + ROW * k + 5;
      text(pen, palette, gate, BESIDE.left - 14, y + ROW / 2 - 5, { align: "center", colour: palette.ink, font: `italic 700 16px ${palette.serif}` });
      sides.forEach((shares, side) => {
        const [from, to] = [this.x(0, side, width), this.x(shares[k], side, width)];
        const box = [Math.min(from, to), y, Math.abs(to - from), ROW - 10];
        if (side) fillBox(pen, palette[gate], ...box);
        else hatch(pen, palette[gate], ...box);
        text(pen, palette, `${(100 * shares[k]).toFixed(0)}%`, to + (side ? 5 : -5), y + ROW / 2 - 5, { align: side ? "left" : "right", colour: palette.ink });
      });
    });
  }

  paintKeys(pen, palette) {
    hatch(pen, palette.quiet, BESIDE.left, 5, 12, 12);
    text(pen, palette, this.words.shut, BESIDE.left + 18, 11);
    const x = BESIDE.left + 18 + pen.measureText(this.words.shut).width + 22;
    fillBox(pen, palette.quiet, x, 5, 12, 12);
    text(pen, palette, this.words.open, x + 18, 11);
  }

  told(x, y, width) {
    const k = Math.floor((y - BESIDE.top) / ROW);
    if (!(k in this.gates)) return undefined;
    const side = x < this.x(0, 1, width) ? 0 : 1;
    return [[`${this.gates[k]} ${side ? this.words.open : this.words.shut}: ${plain(100 * this.sides[side][k])}%`]];
  }

  get description() {
    return this.gates.map((gate, k) => `${gate}: ${this.words.shut} ${plain(100 * this.sides[0][k])}%, ${this.words.open} ${plain(100 * this.sides[1][k])}%`).join("; ");
  }
}

function fillBox(pen, colour, ...box) {
  pen.fillStyle = colour;
  pen.fillRect(...box);
}

// A frame with lines falling to the left, each cut at the frame.
function hatch(pen, colour, x, y, width, height) {
  pen.strokeStyle = colour;
  pen.lineWidth = 1.5;
  if (width < 0.5) return;
  pen.strokeRect(x, y, width, height);
  for (let d = 6; d < width + height; d += 6) {
    const [right, left] = [Math.min(d, width), Math.max(0, d - height)];
    line(pen, x + right, y + d - right, x + left, y + d - left, colour, 1.5);
  }
}
