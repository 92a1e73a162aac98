// The edge by which a state comes back to its own cell: between two cells a straight line, round one cell a loop.

const ASIDE = 52; // how far a loop goes out beside the cell

class Loop {
  // row: of one of the other layers.
  constructor(columns, name, { left, aside, row }) {
    const { storeys, cellTop, cellEnd } = columns;
    Object.assign(this, { columns, name, row, left, right: left + BOX, aside });
    this.y = row ? storeys.middle(row, name) : columns.stateY(name);
    const [top, end] = row ? [row.top, row.end] : [cellTop, cellEnd];
    this.far = name === "c" ? top - 11 : end + 12; // the memory c comes back above the cell, h below it
    this.tag = [left - aside / 2, storeys.feedY];
  }

  // From the right side of a cell into the left side of the next, or of the same; `bent` says how far it is a loop, and
  // `trims` by how much a head shortens its ends.
  path(right, left, bent, trims = [0, 0]) {
    const { y } = this;
    const depth = (this.far - y) * bent;
    const [out, back] = [right + this.aside * bent, left - this.aside * bent];
    const [way, down] = [Math.sign(back - out), Math.sign(depth)];
    const r = Math.min(14 * bent, Math.abs(depth) / 2, Math.abs(back - out) / 2);
    return (
      `M${right + trims[0]} ${y}H${out - r}q${r} 0 ${r} ${down * r}V${y + depth - down * r}q0 ${down * r} ${way * r} ${down * r}` +
      `H${back - way * r}q${way * r} 0 ${way * r} ${-down * r}V${y + down * r}q0 ${-down * r} ${r} ${-down * r}H${left - trims[1]}`
    );
  }

  // Forwards the state before comes in at the left. Backwards the gradient leaves there, as wide as it is long.
  draw({ model, words, phase, t }) {
    const { columns, name, row, left, right, aside, y, far } = this;
    const isBack = phase === "backward";
    const flow = isBack && t > 0 ? model.at(`${row ? `row.${row.k}.` : ""}flow.${name}`, t - 1) : undefined;
    const part = isBack ? flowWidth(flow / columns.biggestFlow) : 1.8;
    const width = Math.max(part, 0.8);
    const size = 4 + width;
    const half = Math.max(3, size * 0.7);
    const head = isBack ? `M${right} ${y}l${size} ${-half}v${2 * half}z` : `M${left} ${y}l${-size} ${-half}v${2 * half}z`;
    const line = { d: this.path(right, left, 1, isBack ? [size, 0] : [0, size]), "stroke-width": width };
    const middle = left + BOX / 2;
    const parts = [
      shape("line", { class: "bridge", x1: middle - 8, x2: middle + 8, y1: far, y2: far, "stroke-width": width + 6 }),
      shape(
        "g",
        { class: `arrow q-${name}${part ? "" : " nothing"}` },
        shape("path", { ...line, class: "run", pathLength: part ? 1 : undefined }),
        shape("path", { d: head }),
      ),
    ];
    if (t > 0 && !row) {
      parts.push(
        shape("path", { d: line.d, class: "grip", tip: { kind: "edge", name, t } }),
        label(left - aside / 2, y + 17, name + subscript(t - 1), "symbol"),
        label(right + aside / 2, y + 17, name + subscript(t), "symbol"),
      );
    }
    if (flow !== undefined && !row) parts.push(label(left - aside / 2, y - 9, magnitude(flow), "flownumber"));
    if (name === "h" && !row) parts.push(weightTag("hh", ...this.tag, words, "middle"));
    return shape("g", { class: t > 0 ? "loop" : "loop pending" }, ...parts);
  }
}
