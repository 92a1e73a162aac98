// The numbers of a picture, and how some of them are written.

function pictureOf(bytes) {
  const packed = unpack(bytes);
  return { ...packed, T: packed.tokens.length, H: packed.table["s.h"].width };
}

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
