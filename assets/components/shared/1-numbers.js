// How numbers are written where none of them may hide.

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
