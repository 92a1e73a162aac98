// The numbers, as pages/figures/unrolled.py packed them, and how they are written.

function unpack(bytes) {
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size)));
  const numbers = new Float64Array(bytes.slice(4 + size).buffer);
  const table = {};
  for (const [name, [at, shape]] of Object.entries(header.arrays)) {
    const width = shape.slice(1).reduce((a, b) => a * b, 1);
    const all = numbers.subarray(at, at + shape[0] * width);
    table[name] = { all, width, row: (t) => all.subarray(t * width, (t + 1) * width) };
  }
  const units = table["s.h"].width;
  return { ...header, T: header.tokens.length, H: units, table, at: (name, t, k = 0) => table[name].row(t)[k] };
}


function unusual(v) {
  return Number.isNaN(v) ? "NaN" : v > 0 ? "+∞" : MINUS + "∞";
}

// Three decimals, or an exponent where three decimals would say nothing; exactly nothing is a plain 0.
function magnitude(v) {
  const size = Math.abs(v);
  if (size === 0) return "0";
  if (!Number.isFinite(v)) return unusual(v).replace("+", "");
  const text = size < 0.0005 || size >= 1000 ? size.toExponential(1) : size.toFixed(3);
  return text.replace("-", MINUS).replace("e+", "e");
}

const signed = (v) => (Number.isFinite(v) ? sign(v) + magnitude(v) : unusual(v));
const sign = (v) => (v === 0 ? "" : v < 0 ? MINUS : "+");
const full = (v) => (Number.isFinite(v) ? sign(v) + String(Math.abs(v)) : unusual(v));
const fullSize = (v) => full(v).replace("+", "");

function percent(v) {
  if (!Number.isFinite(v)) return unusual(v);
  const whole = Math.abs(100 * v).toFixed(0);
  return `${whole === "0" ? "" : v < 0 ? MINUS : "+"}${whole}%`;
}

const SUBSCRIPT = "₀₁₂₃₄₅₆₇₈₉";
const subscript = (n) => String(n).replace(/\d/g, (digit) => SUBSCRIPT[digit]);

// A scale leaves this much room beyond its round number, as it was chosen; what lies further out is marked.
const SLACK = 1.02;
const isBeyond = (v, scale) => !(Math.abs(v) <= SLACK * scale);

// A word that does not fit its place is cut, with the whole of it on hover.
function short(text, room) {
  const letters = [...text];
  return letters.length > room ? letters.slice(0, Math.max(1, room - 1)).join("") + "…" : text;
}
