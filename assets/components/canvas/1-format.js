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

// A sentence from the catalogue with its {places} filled.
const sentence = (template, places) => template.replace(/\{(\w+)\}/g, (whole, name) => places[name] ?? whole);

// What cannot be seen gets a sign that can.
const visible = (token) => ({ " ": "␣", "\n": "↵", "\t": "⇥" })[token] ?? token;

// Only what is different is written: writing makes the browser lay out anew.
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function set(node, name, value) {
  if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}
