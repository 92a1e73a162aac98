// Small helpers that make elements. Text always goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

function element(name, properties = {}, ...children) {
  return fill(document.createElement(name), properties, children);
}

function shape(name, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, name), properties, children);
}

function fill(node, properties, children) {
  for (const name in properties) {
    const value = properties[name];
    if (name === "tip") {
      node.tip = value;
      node.setAttribute("data-tip", "");
    } else if (name.startsWith("on")) node[name] = value;
    else if (value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children) if (child !== undefined) node.append(child);
  return node;
}

// A sign in a box of 16 by 16: drawn, since fonts differ in which they have.
const drawIcon = (path) => shape("svg", { viewBox: "0 0 16 16", width: 14, height: 14, "aria-hidden": "true" }, shape("path", { d: path }));

const MINUS = "−";

// Streamlit's theme is known by its background; the palettes are in the style sheet.
function themeOf(parent) {
  const colour = getComputedStyle(parent.host ?? parent).getPropertyValue("--st-background-color");
  const [r, g, b] = parts(colour.trim() || "#ffffff");
  return r + g + b < 384 ? "dark" : "light";
}

// "#1f77b4" or "rgb(31, 119, 180)" as three numbers.
function parts(colour) {
  if (colour.startsWith("#")) return colour.match(/\w\w/g).map((part) => parseInt(part, 16));
  return colour.match(/[\d.]+/g).slice(0, 3).map(Number);
}
