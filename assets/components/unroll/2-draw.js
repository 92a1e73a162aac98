// The parts that pictures are drawn from.

const label = (x, y, text, kind = "", anchor = "middle") =>
  shape("text", { x, y, class: kind, "text-anchor": anchor }, text);

// A signed value as a colour: a class for each hundredth of the way from the theme's zero to the end of the scale. As
// classes and not as styles of their own, since a picture may have thousands of squares.
const SHADES = new CSSStyleSheet();
const mixed = (sign, end, part) => `.${sign}${part} { fill: color-mix(in srgb, var(--${end}) ${part}%, var(--zero)); }`;
const HUNDREDTHS = Array.from({ length: 101 }, (_, part) => mixed("plus", "positive", part) + mixed("minus", "negative", part));
SHADES.replaceSync(`${HUNDREDTHS.join("")} .nonumber { fill: var(--beyond); }`);

function shade(v, scale) {
  if (!Number.isFinite(v)) return "nonumber";
  return (v < 0 ? "minus" : "plus") + Math.round(100 * Math.min(Math.abs(v) / scale, 1));
}

// Where white reads better than ink on the colour.
const strong = (v, scale) => Math.abs(v) > 0.68 * scale;

const numberKind = (v, scale) => `number${strong(v, scale) ? " strong" : ""}${v === 0 ? " zero" : ""}`;

// One value as a coloured box, with its number where there is room. A corner marks what lies beyond the scale.
function square(x, y, width, height, v, scale, room, tip) {
  const box = shape("rect", { x, y, width, height, rx: Math.min(2, height / 4), class: `square ${shade(v, scale)}`, tip });
  const parts = [box];
  if (isBeyond(v, scale)) parts.push(corner(x, y, { width, height }));
  if (room) {
    parts.push(label(x + width / 2, y + height / 2 + 3.6, signed(v), numberKind(v, scale)));
  }
  return parts;
}

const corner = (x, y, size) => shape("path", { d: cornerPath(x, y, size), class: "beyond" });

function cornerPath(x, y, { width, height }) {
  const side = Math.min(6, height, width);
  return `M${x + width - side} ${y}h${side}v${side}z`;
}

// A horizontal arrow, head at `to`. Its width is the caller's; the head grows with it, and needs some room.
function arrow(from, to, y, width, kind, tip) {
  const way = Math.sign(to - from);
  const room = Math.abs(to - from);
  const head = room < 10 ? 0 : Math.min(4 + width, room * 0.6);
  const half = Math.max(3, head * 0.7);
  const line = { x1: from, x2: to - way * head, y1: y, y2: y, "stroke-width": width, pathLength: 1 };
  const group = shape("g", { class: `arrow ${kind}`, tip }, shape("line", line));
  if (head) group.append(shape("path", { d: `M${to} ${y}l${-way * head} ${-half}v${2 * half}z` }));
  return group;
}

// A formula as coloured text: one hue for each quantity, subscripts lowered, functions upright. Each symbol knows what
// it stands for, so that pointing at it can light that up (see 8-light.js).
function formula(text) {
  const line = element("div", { class: "formula" });
  const parts = /(∂L\/∂)?([A-Za-zσ]+)(?:_\{([^}]*)\}|_([A-Za-z0-9]+))?|∂|[^A-Za-zσ∂]+/g;
  for (const [whole, gradient, name, braced, bare] of text.matchAll(parts)) {
    if (!name) {
      line.append(whole);
      continue;
    }
    const index = braced ?? bare;
    const isFunction = name.length > 1 || name === "σ";
    const isQuantity = !index || /^[t01T]/.test(index); // at a time step; W_ih and b_ih are weights
    const symbol = element("span", isFunction ? {} : { class: "symbol" });
    if (!isFunction) symbol.symbol = { name, index, gradient: Boolean(gradient) };
    if (gradient) symbol.append("∂", element("i", { class: "q-L" }, "L"), "/∂");
    symbol.append(element(isFunction ? "span" : "i", { class: isQuantity && !isFunction ? `q-${name}` : "" }, name));
    if (index) symbol.append(element("sub", {}, index));
    line.append(symbol);
  }
  return line;
}

// A sentence from the catalogue, with its {places} filled by text or elements and its W_hh lowered to W with hh.
function sentence(template, places = {}) {
  return template.split(/\{(\w+)\}/).flatMap((part, k) => (k % 2 ? [strongly(places[part])] : lowered(part)));
}

function lowered(text) {
  return text.split(/([A-Za-z]_[a-z]+)/).map((part, k) => {
    if (k % 2 === 0) return part;
    const [letter, index] = part.split("_");
    return element("span", { class: "math" }, element("i", {}, letter), element("sub", {}, index));
  });
}

const strongly = (what) => (what instanceof Node ? what.cloneNode(true) : element("b", {}, String(what ?? "")));
