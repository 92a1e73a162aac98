// The other layers and directions beside the one that is drawn in full: a row each, and all in one column where a step is
// the same. Steps are counted as the one in full counts them; a row that reads the other way is run through from the end.

const STOREY = { between: 28, padding: 7, inset: 5, loop: 18 };

class Storeys {
  constructor(model) {
    const { layers, directions, layer, direction, rows } = model.storeys;
    Object.assign(this, { model, layers, directions, layer, direction });
    const { H, states } = model;
    this.unitHeight = Math.max(1.5, Math.min(7, 64 / (H * states.length)));
    this.rows = rows.map((row, k) => ({ ...row, k, height: states.length * (H * this.unitHeight + 3) + 2 * STOREY.inset - 3 }));
    this.isBoth = directions > 1;
    // Room for the loops of what is folded; both directions cannot be.
    this.loops = this.isBoth ? 0 : STOREY.loop * states.length;
    // Drawn from right to left, for what it counts as its first step reads the last token.
    this.mirrored = direction === 1;
  }

  // From top to bottom: each layer in its frame, the way backwards above the way forwards. `own` says how tall the one in
  // full is, and is told where it begins.
  place(top, own) {
    let y = top;
    this.frames = [];
    for (let layer = this.layers - 1; layer >= 0; layer--) {
      const frame = { layer, top: y };
      const padding = this.isBoth ? STOREY.padding : 0;
      for (let direction = this.directions - 1; direction >= 0; direction--) {
        y += padding;
        const row = this.find(layer, direction);
        if (row) Object.assign(row, { top: y, end: (y += row.height) });
        else y = own(y);
      }
      y += padding;
      this.frames.push({ ...frame, end: y });
      if (layer) y += STOREY.between + this.loops;
    }
    return y;
  }

  // Where the way into the layer in full is named.
  get feedY() {
    return this.frames.find(({ layer }) => layer === this.layer).end + (this.layer && this.isBoth ? 19 : 28);
  }

  find(layer, direction) {
    return this.rows.find((row) => row.layer === layer && row.direction === direction);
  }

  y(row, name) {
    const order = [...this.model.states].reverse().indexOf(name);
    return row.top + STOREY.inset + order * (this.model.H * this.unitHeight + 3);
  }

  middle(row, name) {
    return this.y(row, name) + (this.model.H * this.unitHeight) / 2;
  }

  // The length of what comes down into a layer at step t, from all that reads its h.
  arriving(layer, t) {
    const { table } = this.model;
    const lengths = this.rows.filter((row) => row.layer === layer).map((row) => table[`row.${row.k}.up`].row(t - 1)[0]);
    if (layer === this.layer) lengths.push(table.up.row(t - 1)[0]);
    return Math.hypot(...lengths);
  }

  get longest() {
    const { model } = this;
    const flows = this.rows.flatMap(({ k }) => model.states.flatMap((name) => [...model.table[`row.${k}.flow.${name}`].all]));
    const arriving = this.frames?.flatMap(({ layer }) => model.tokens.map((_, k) => this.arriving(layer, k + 1))) ?? [];
    return Math.max(0, ...flows, ...arriving);
  }

  // Has this not come about yet, while the one in full is at step t? One direction waits for nobody; of two, a layer waits
  // for both of the one below, and on the way back for both of the one above.
  isPending({ layer, against }, step, phase, t) {
    const { T } = this.model;
    if (phase !== "forward" && phase !== "backward") return false;
    const backwards = phase === "backward";
    if (this.isBoth && layer !== this.layer) return backwards ? layer < this.layer : layer > this.layer;
    const own = against ? T + 1 - step : step;
    return backwards ? own < t : own > t;
  }

  // All that the readout reads.
  get last() {
    return [...this.rows, this].filter(({ layer }) => layer === this.layers - 1);
  }

  // Of two directions the readout waits for both, in every layer.
  isAnswerPending(step, t) {
    return this.isBoth && this.last.some((each) => this.isPending(each, step, "forward", t));
  }

  // A row in one column: its states, and the edges of this column's gap.
  draw(row, place) {
    const { model } = this;
    const { t, gap, box, backwards } = place;
    const group = shape("g", { class: "storey" });
    if (t === 0) return group;
    const tip = { kind: "row", k: row.k, t };
    group.append(shape("rect", { class: "cell other", x: gap, y: row.top, width: box, height: row.end - row.top, rx: place.open ? 7 : 3, tip }));
    const scale = model.scale[backwards ? "d" : "s"];
    const inset = place.open ? 7 : 1.5;
    const size = { width: box - 2 * inset, height: this.unitHeight - (this.unitHeight > 4 ? 0.8 : 0.2) };
    for (const name of model.states) {
      const values = model.table[`row.${row.k}.${backwards ? "d" : "s"}.${name}`].row(t - 1);
      values.forEach((v, unit) => {
        const y = this.y(row, name) + unit * this.unitHeight;
        group.append(shape("rect", { x: gap + inset, y, ...size, class: `square ${shade(v, scale)}`, tip: { ...tip, name, unit } }));
        if (isBeyond(v, scale)) group.append(corner(gap + inset, y, size));
      });
      if (!place.alone) group.append(...this.drawEdge(row, name, place));
    }
    return group;
  }

  // Between the column before and this one. A row that reads the other way goes from here to there.
  drawEdge(row, name, { t, backwards, ends, open, biggestFlow }) {
    const { model } = this;
    const into = row.against ? t - 1 : t; // the step that this edge leads into
    if (into < 1) return [];
    const [here, there] = row.against ? [ends[1], ends[0]] : ends;
    const y = this.middle(row, name);
    if (!backwards) return [arrow(here, there, y, open ? 1.4 : 0.8, `q-${name}`)];
    const part = flowWidth(model.at(`row.${row.k}.flow.${name}`, into - 1) / biggestFlow);
    return [arrow(there, here, y, Math.max(part, 0.8), `q-${name}${part ? "" : " nothing"}`)];
  }

  // The frames that hold both directions, and the way from each layer to the next.
  drawFrames({ t, gap, box, middle, backwards, biggestFlow }, words) {
    const parts = [];
    this.frames.forEach(({ layer, top, end }, k) => {
      if (this.isBoth && t) {
        parts.push(shape("rect", { class: "joined", x: gap - 4, y: top, width: box + 8, height: end - top, rx: 9, tip: { kind: "text", text: words.joined } }));
      }
      const above = this.frames[k - 1];
      if (!above || !t) return;
      if (backwards) {
        const length = this.arriving(layer, t);
        const width = Math.min(flowWidth(length / biggestFlow), box);
        const tip = { kind: "text", text: `${words.fromLayerAbove} ${fullSize(length)}` };
        parts.push(shape("line", { class: "down", x1: middle, x2: middle, y1: above.end, y2: top - 5, "stroke-width": width, tip }));
        parts.push(shape("path", { class: "down", d: `M${middle} ${top}l-5 -7h10z` }));
      } else {
        parts.push(shape("line", { class: "up", x1: middle, x2: middle, y1: above.end + 5, y2: top }));
        parts.push(shape("path", { class: "up", d: `M${middle} ${above.end}l-3.5 7h7z` }));
      }
    });
    return parts;
  }

  // Each layer and direction by name, one under another as they are drawn.
  name({ layer, direction }, words) {
    const way = this.isBoth ? (direction ? " ←" : " →") : "";
    return `${words.level.replace("{layer}", layer + 1)}${way}`;
  }

  // Buttons that choose which one is drawn in full.
  chooser(words, onchoose) {
    if (!this.rows.length) return "";
    const all = [...this.rows, this].sort((one, other) => one.layer - other.layer || one.direction - other.direction);
    const buttons = all.map((each) => {
      const way = this.isBoth ? `, ${each.direction ? words.backwards : words.forwards}` : "";
      const name = words.level.replace("{layer}", each.layer + 1) + way;
      const press = () => each !== this && onchoose(each);
      return element("button", { type: "button", class: "level", "aria-pressed": String(each === this), "aria-label": name, title: each === this ? "" : words.lookAt, onclick: press }, this.name(each, words));
    });
    return element("div", { class: "levels", role: "group", "aria-label": words.levels }, ...buttons);
  }
}
