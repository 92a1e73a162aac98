// How the numbers and models of a training are written.

// What is sent as a tenth has been rounded to one of 255 levels: two decimals are known.
const rounded = (v, signed) => tidy((signed && v > 0 ? "+" : "") + v.toFixed(2));

// Numbers of a map, as the core sent them: steps × across.
function unpackMap(map) {
  map.levels ??= Uint8Array.from(atob(map.bytes), (letter) => letter.charCodeAt(0));
  return map;
}

const valueOf = (map, at) => (map.signed ? (map.levels[at] / 127.5 - 1) * map.scale : map.levels[at] / 255);

// What a number tells of that is the mean over several updates; "" where it is of one.
const meanOf = (words, from, to) => (from < to ? ` · ${sentence(words.meanOf, { from, to })}` : "");

// How a score is called: as a score, and what it counts.
const scoreName = (words, task) => (task.metric ? sentence(words.scoreIs, { name: task.metric }) : words.score);

// A text with ‖∂L/∂s_t‖ in it: that as a formula, what follows the _ lowered.
function lowered(text) {
  return text.split(/(‖.*‖)/).map((part) => {
    if (!part.startsWith("‖")) return part;
    const pieces = part.split(/_(\w)/);
    return element("span", { class: "math" }, ...pieces.map((piece, k) => (k % 2 ? element("sub", {}, piece) : piece)));
  });
}

// Each model has a hue and a sign, so that no curve is known by its colour alone. Round their middle, 9 wide.
const SIGNS = [
  "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z",
  "M-4 -4h8v8h-8z",
  "M0 -5l5 8.6h-10z",
  "M0 -5.6l5.6 5.6l-5.6 5.6l-5.6 -5.6z",
];
const SIGN_PATHS = SIGNS.map((d) => new Path2D(d));

const swatch = (k, hue) =>
  shape("svg", { class: "swatch", width: 13, height: 13, viewBox: "-6.5 -6.5 13 13", "aria-hidden": "true" }, shape("path", { d: SIGNS[k], fill: hue }));

function mark(pen, palette, k, x, y, colour, size = 1) {
  pen.save();
  pen.translate(x, y);
  pen.scale(size, size);
  pen.fillStyle = colour;
  pen.strokeStyle = palette.background;
  pen.lineWidth = 1.5 / size;
  pen.stroke(SIGN_PATHS[k]);
  pen.fill(SIGN_PATHS[k]);
  pen.restore();
}
