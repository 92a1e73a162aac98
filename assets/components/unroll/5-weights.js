// The weights as matrices, the gradient of the whole loss beside them. Drawn when first opened, and not again at a step:
// they are the same at every one. An entry that is chosen can be changed.

const OF = [["", ""], ["grad.", "∂L/∂"]]; // how a weight and its gradient are found, and how they are written

class Weights {
  constructor(model, words, { onedit, onpick }) {
    Object.assign(this, { model, words, onedit, onpick, width: 0, marked: {} });
    this.matrices = ["weight_ih", "weight_hh", "weight_hy"].filter((name) => name in model.table).map((name) => new Matrix(model, words, name));
    this.edited = new Set(model.edited.map((place) => place.join(".")));
    this.keys = element("span", { class: "keys" });
    this.maps = element("div", { class: "maps" });
    this.line = element("div", { class: "chosenline", "aria-live": "polite" });
    this.root = element(
      "details",
      { class: "weights", ontoggle: () => this.draw() },
      element("summary", {}, words.weightsTitle),
      element("p", { class: "note" }, words.weightsNote, this.keys),
      this.maps,
      this.line,
    );
  }

  // What the marks mean, as far as there are any.
  drawKeys() {
    const { words } = this;
    const isEdited = this.matrices.some((matrix) => this.editedIn(matrix).length);
    const frame = shape("svg", { width: 11, height: 11 }, shape("g", { class: "frames edited" }, shape("rect", { x: 1, y: 1, width: 9, height: 9, rx: 1.5 })));
    const changed = element("span", { class: "key" }, frame, words.changedByHand);
    this.keys.replaceChildren(...(isEdited ? [changed] : []), ...(this.isAnyBeyond() ? [beyondKey(words)] : []));
  }

  isAnyBeyond() {
    const { table, scale } = this.model;
    const beyond = (of, { name, bias }) => [name, bias].some((each) => table[of + each].all.some((v) => isBeyond(v, scale[of + name])));
    return OF.some(([of]) => this.matrices.some((matrix) => beyond(of, matrix)));
  }

  // Be as open as the card that this one takes the place of, and point at the same entry.
  resume({ root, chosen }) {
    this.root.open = root.open;
    this.hadFocus = root.contains(root.getRootNode().activeElement);
    const matrix = this.matrices.find(({ name }) => name === chosen?.matrix.name);
    if (matrix && chosen.row < matrix.height && chosen.column <= matrix.columns) this.chosen = { ...chosen, matrix };
  }

  // Whoever changed a weight by key goes on from there.
  refocus() {
    const pair = this.hadFocus && this.pairs?.find(({ matrix }) => matrix === this.chosen?.matrix);
    if (pair) pair.root.focus({ preventScroll: true });
  }

  resize(width) {
    this.width = width;
    this.pairs = undefined;
    this.draw();
  }

  draw() {
    if (!this.root.open || this.pairs) return;
    const settings = {
      withNumbers: this.matrices.every(({ height, columns }) => height <= 8 && columns <= 8),
      withBias: true,
      named: Math.max(...this.matrices.map(({ longestName }) => longestName)),
      most: this.width < 560 ? this.width - 30 : (this.width - 90) / 2,
      widest: Math.min(16, 460 / Math.max(...this.matrices.map(({ height }) => height))),
    };
    this.pairs = this.matrices.map((matrix) => this.pair(matrix, settings));
    this.drawKeys();
    this.maps.replaceChildren(...this.pairs.map(({ root }) => root));
    this.mark(this.marked);
    this.tell();
  }

  // A matrix and its gradient. With the focus on them the arrow keys go from entry to entry.
  pair(matrix, settings) {
    const { model, words } = this;
    const { name, bias } = matrix;
    const title = element("div", { class: "pairtitle" }, words.carries[name]);
    const lines = (entry) => [...OF.map(([of, d]) => matrix.written(entry, matrix.value(entry, of), d)), matrix.meaning(entry)];
    const heats = OF.map(([of, d]) => {
      const symbols = [name, bias].map((each) => d + symbolOf(model, each));
      const caption = element("figcaption", {}, ...lowered(symbols.join(", ")));
      const heat = new Heat(matrix, { ...settings, caption, scale: model.scale[of + name], lines });
      caption.style.marginLeft = `${heat.left}px`;
      heat.paint(model.table[of + name].all, model.table[of + bias].all);
      heat.map.onclick = ({ offsetX, offsetY }) => this.choose(matrix, heat.at(offsetX, offsetY));
      return heat;
    });
    heats[0].frame("edited", this.editedIn(matrix));
    const side = element("div", { class: "heats" }, ...heats.map(({ root }) => root));
    const root = element("div", { class: "pair", tabindex: 0, role: "group", "aria-label": title.textContent }, title, side);
    const pair = { matrix, heats, root };
    root.onkeydown = (event) => this.key(event, pair);
    return pair;
  }

  editedIn(matrix) {
    return this.model.edited.flatMap(([name, row, column]) => {
      if (name === matrix.bias) return [{ row, column: matrix.columns, columns: 1 }];
      return name === matrix.name ? [{ row, column, columns: 1 }] : [];
    });
  }

  key(event, { matrix, heats }) {
    const way = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (event.key === "Enter" && this.chosen) this.line.querySelector(".weight")?.click();
    else if (!way) return;
    event.preventDefault();
    event.stopPropagation(); // here the arrow keys do not step through time
    if (!way) return;
    const { row, column } = this.chosen?.matrix === matrix ? this.chosen : { row: -way[0], column: -way[1] };
    const within = (v, most) => Math.max(0, Math.min(most, v));
    this.choose(matrix, { row: within(row + way[0], matrix.height - 1), column: within(column + way[1], matrix.columns) });
    heats[0].frames.chosen.firstChild.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  choose(matrix, entry) {
    if (!entry) return;
    this.chosen = { matrix, ...entry };
    this.tell();
    const unit = matrix.isReadout ? entry.column : entry.row % matrix.rows;
    if (unit < this.model.H) this.onpick(unit);
  }

  // The chosen entry: its name, what it means, its number to be changed, its gradient.
  tell() {
    const { words, chosen } = this;
    for (const { matrix, heats } of this.pairs) {
      const parts = chosen?.matrix === matrix ? [{ row: chosen.row, column: chosen.column, columns: 1 }] : [];
      for (const heat of heats) heat.frame("chosen", parts);
    }
    const reset = this.edited.size ? element("button", { type: "button", class: "reset", onclick: () => this.onedit("") }, words.reset) : "";
    const invitation = this.onedit ? element("span", { class: "note" }, words.chooseWeight) : "";
    if (!chosen) return this.line.replaceChildren(invitation, reset);
    const { matrix } = chosen;
    const place = matrix.place(chosen);
    const isEdited = this.edited.has([place.name, ...place.at].join("."));
    const number = editable({ ...place, value: matrix.value(chosen), isEdited, words, onedit: this.onedit });
    const gradient = element("span", { class: "entry" }, "∂L/∂", ...matrix.title(chosen), ` = ${signed(matrix.value(chosen, "grad."))}`);
    this.line.replaceChildren(
      element("span", { class: "entry" }, ...matrix.title(chosen), " = ", number),
      gradient,
      element("span", { class: "note" }, matrix.meaning(chosen)),
      reset,
    );
  }

  // The rows of the unit that is looked at, strongest in the block of the gate that is; of the readout its column.
  mark({ unit, block }) {
    this.marked = { unit, block };
    if (unit === undefined) return;
    this.frame("marked", (matrix) => {
      if (matrix.isReadout) return [{ row: 0, rows: matrix.height, column: unit, columns: 1, kind: "q-h" }];
      return matrix.blocks.map((name, k) => ({ row: k * matrix.rows + unit, kind: `q-${name}${name === block ? " strong" : ""}` }));
    });
  }

  // What a symbol of the equations stands for: W_hf is the block f of weight_hh. Without a name nothing.
  light(name, block) {
    this.frame("light", (matrix) => {
      if (name !== matrix.name && name !== matrix.bias) return [];
      const [column, columns] = name === matrix.bias ? [matrix.columns, 1] : [0, matrix.columns];
      const lit = matrix.blocks.map((each, k) => ({ row: k * matrix.rows, rows: matrix.rows, column, columns, kind: `q-${each}` }));
      return block ? [lit[matrix.blocks.indexOf(block)]] : lit;
    });
  }

  frame(sort, parts) {
    for (const { matrix, heats } of this.pairs ?? []) for (const heat of heats) heat.frame(sort, parts(matrix));
  }
}
