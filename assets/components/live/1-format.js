// How numbers are written.

// Four significant digits; an exponent only where a plain number would be long.
function brief(v) {
  if (v === null || v === undefined) return "–";
  if (v === 0) return "0";
  const size = Math.abs(v);
  if (size < 1e-4 || size >= 1e6) return tidy(v.toExponential(3));
  return tidy(size >= 1000 ? v.toFixed(0) : v.toPrecision(4));
}

// The same without zeros at its end, for what people set and for ticks.
const plain = (v) => (Math.abs(v) < 1e6 ? tidy(String(Number(v.toPrecision(4)))) : brief(v));

const tidy = (text) => text.replaceAll("-", MINUS).replace("e+", "e");

// What is sent as a tenth has been rounded to one of 255 levels: two decimals are known.
const rounded = (v, signed) => tidy((signed && v > 0 ? "+" : "") + v.toFixed(2));

// A sentence from the catalogue with its {places} filled.
const sentence = (template, places) => template.replace(/\{(\w+)\}/g, (whole, name) => places[name] ?? whole);

// What a number tells of that is the mean over several updates; "" where it is of one.
const meanOf = (words, from, to) => (from < to ? ` · ${sentence(words.meanOf, { from, to })}` : "");

// How a score is called: as a score, and what it counts.
const scoreName = (words, task) => (task.metric ? sentence(words.scoreIs, { name: task.metric }) : words.score);

// What cannot be seen gets a sign that can.
const visible = (token) => ({ " ": "␣", "\n": "↵", "\t": "⇥" })[token] ?? token;

// Only what is different is written: writing makes the browser lay out anew.
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function set(node, name, value) {
  if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

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
