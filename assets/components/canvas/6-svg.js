// A pen that writes down as SVG what it would paint on a canvas; of a canvas's pen it knows what the pictures use.

class SvgPen {
  constructor(width, height) {
    this.root = shape("svg", { xmlns: SVG, width, height, viewBox: `0 0 ${width} ${height}` });
    Object.assign(this, { moved: "", kept: [], dash: [], globalAlpha: 1, lineWidth: 1, lineJoin: "round" });
  }

  add(kind, properties, ...children) {
    const { moved, globalAlpha } = this;
    const common = { transform: moved || undefined, opacity: globalAlpha < 1 ? globalAlpha : undefined };
    this.root.append(shape(kind, { ...properties, ...common }, ...children));
  }

  get stroked() {
    const { strokeStyle, lineWidth, lineJoin, dash } = this;
    return { fill: "none", stroke: strokeStyle, "stroke-width": lineWidth, "stroke-linejoin": lineJoin, "stroke-dasharray": dash.join(" ") || undefined };
  }

  // ---- Where

  save() {
    this.kept.push(this.moved);
  }

  restore() {
    this.moved = this.kept.pop();
  }

  translate(x, y) {
    this.moved += `translate(${x} ${y})`;
  }

  rotate(angle) {
    this.moved += `rotate(${(180 * angle) / Math.PI})`;
  }

  // ---- Lines

  beginPath() {
    this.d = "";
  }

  moveTo(x, y) {
    this.d += `M${x} ${y}`;
  }

  lineTo(x, y) {
    this.d += `L${x} ${y}`;
  }

  setLineDash(dash) {
    this.dash = dash;
  }

  stroke() {
    this.add("path", { d: this.d, ...this.stroked });
  }

  // ---- Areas, words and pictures

  fillRect(x, y, width, height) {
    this.add("rect", { x, y, width, height, fill: this.fillStyle });
  }

  strokeRect(x, y, width, height) {
    this.add("rect", { x, y, width, height, ...this.stroked });
  }

  // Lowered by hand: not every program that shows SVG knows a baseline in the middle.
  fillText(words, x, y) {
    const anchor = { left: "start", center: "middle", right: "end" }[this.textAlign];
    this.add("text", { x, y, dy: "0.35em", "text-anchor": anchor, fill: this.fillStyle, style: `font: ${this.font}` }, words);
  }

  measureText(words) {
    const pen = FILM.getContext("2d");
    pen.font = this.font;
    return pen.measureText(words);
  }

  drawImage(canvas, x, y, width, height) {
    this.add("image", { x, y, width, height, href: canvas.toDataURL(), preserveAspectRatio: "none", style: "image-rendering: pixelated" });
  }
}
