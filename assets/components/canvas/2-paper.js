// A canvas that fills the width it is given and is sharp on every screen. It stays the same as long as the page does.

class Paper {
  constructor(height, kind = "") {
    this.height = height;
    this.width = 0; // until it is laid out
    this.canvas = element("canvas", { role: "img" });
    this.root = element("div", { class: `paper ${kind}`, style: `height:${height}px` }, this.canvas);
    SIZES.observe(this.root);
    this.root.paper = this;
  }

  setHeight(height) {
    if (height === this.height) return;
    this.height = height;
    this.root.style.height = `${height}px`;
  }

  // A clean sheet to draw on, in CSS pixels; none where there is no room.
  begin() {
    if (!this.width) return undefined;
    const fine = window.devicePixelRatio;
    const size = [this.width, this.height].map((length) => Math.round(length * fine));
    if (this.canvas.width !== size[0] || this.canvas.height !== size[1]) [this.canvas.width, this.canvas.height] = size;
    const pen = (this.pen ??= this.canvas.getContext("2d"));
    pen.setTransform(fine, 0, 0, fine, 0, 0);
    pen.clearRect(0, 0, this.width, this.height);
    pen.lineJoin = "round";
    return pen;
  }

  describe(text) {
    set(this.canvas, "aria-label", text);
  }
}

// The widths of all papers, told by the browser rather than asked for: asking lays the page out.
const SIZES = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries) {
    if (target.paper.width === contentRect.width) continue;
    target.paper.width = contentRect.width;
    target.paper.onresize?.();
  }
});

// ---- The theme's colours: a canvas knows no CSS variables

function paletteOf(root) {
  const style = getComputedStyle(root);
  const name = (variable) => style.getPropertyValue(variable).trim();
  const quantity = Object.fromEntries([..."hcfzignorxy"].map((letter) => [letter, name(`--q-${letter}`)]));
  const palette = { ...quantity, background: style.backgroundColor, font: style.fontFamily };
  for (const variable of ["ink", "quiet", "line", "faint", "negative", "zero", "positive", "lost", "serif", "mono"]) palette[variable] = name(`--${variable}`);
  palette.wrong = name("--q-gradient");
  palette.shades = {};
  return palette;
}

// 256 colours, from 0 to 255: from the background to a gate's hue, or from negative to positive; and one of what is no
// number.
const LOST = 256;
function shadesOf(palette, name, signed) {
  const key = signed ? "signed" : name;
  return (palette.shades[key] ??= Array.from({ length: LOST + 1 }, (_, level) => {
    if (level === LOST) return parts(palette.lost);
    const v = signed ? Math.abs(level / 127.5 - 1) : level / 255;
    const from = parts(signed ? palette.zero : palette.background);
    const to = parts(signed ? (level < 127.5 ? palette.negative : palette.positive) : (palette[name] ?? palette.quiet));
    return from.map((low, i) => Math.round(low + v * (to[i] - low)));
  }));
}

// ---- What several pictures draw

const SMALL = "11px";

function text(pen, palette, words, x, y, { align = "left", colour = palette.quiet, font = `${SMALL} ${palette.font}`, halo = false } = {}) {
  pen.font = font;
  pen.textAlign = align;
  pen.textBaseline = "middle";
  if (halo) {
    pen.lineWidth = 4;
    pen.strokeStyle = palette.background;
    pen.strokeText(words, x, y);
  }
  pen.fillStyle = colour;
  pen.fillText(words, x, y);
}

// A tick's number, its end at x: plain, or as a power of ten with the exponent raised.
function tickText(pen, palette, tick, x, y) {
  if (tick.text !== undefined) return text(pen, palette, tick.text, x, y, { align: "right" });
  const exponent = tidy(String(tick.power));
  const base = tick.mark > 1 ? `${tick.mark}·10` : "10";
  const small = `9px ${palette.font}`;
  pen.font = small;
  const room = pen.measureText(exponent).width;
  text(pen, palette, exponent, x, y - 4, { align: "right", font: small });
  text(pen, palette, base, x - room - 0.5, y + 1, { align: "right" });
}

function line(pen, x1, y1, x2, y2, colour, width = 1, dash = []) {
  pen.beginPath();
  pen.setLineDash(dash);
  pen.moveTo(x1, y1);
  pen.lineTo(x2, y2);
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.stroke();
  pen.setLineDash([]);
}

// Points joined by a line; null is a gap.
function path(pen, points, colour, width, dash = []) {
  pen.beginPath();
  pen.setLineDash(dash);
  let drawing = false;
  for (const point of points) {
    if (point === null) drawing = false;
    else if (drawing) pen.lineTo(point[0], point[1]);
    else {
      pen.moveTo(point[0], point[1]);
      drawing = true;
    }
  }
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.stroke();
  pen.setLineDash([]);
}

// A map of numbers as colours: steps from left to right, what is in a step from top to bottom. Where there are more of them
// than pixels, a pixel is the mean of its colours; but what is lost is not mixed away.
const FILM = document.createElement("canvas");
function heat(pen, { levels, steps, rows, shades, across, x, y, width, height }) {
  const [wide, tall] = [Math.min(steps, Math.ceil(width)), Math.min(rows, Math.ceil(height))];
  const sums = new Float32Array(4 * wide * tall);
  for (let t = 0; t < steps; t++) {
    const column = Math.floor((t * wide) / steps);
    for (let row = 0; row < rows; row++) {
      const level = levels[t * across + row];
      const weight = level === LOST ? 1e6 : 1;
      const at = 4 * (Math.floor((row * tall) / rows) * wide + column);
      for (let i = 0; i < 3; i++) sums[at + i] += weight * shades[level][i];
      sums[at + 3] += weight;
    }
  }
  [FILM.width, FILM.height] = [wide, tall];
  const film = FILM.getContext("2d");
  const image = film.createImageData(wide, tall);
  for (let at = 0; at < sums.length; at += 4) {
    for (let i = 0; i < 3; i++) image.data[at + i] = sums[at + i] / sums[at + 3];
    image.data[at + 3] = 255;
  }
  film.putImageData(image, 0, 0);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(FILM, x, y, width, height);
}
