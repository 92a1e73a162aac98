// A weight matrix with its bias as one more column: its shape, and of each of its places the name and the meaning.
// Rows are counted through all blocks, as the weights' are.

class Matrix {
  constructor(model, words, name) {
    const bias = name.replace("weight", "bias");
    Object.assign(this, { model, words, name, bias });
    this.isReadout = name === "weight_hy";
    this.blocks = this.isReadout ? ["y"] : model.blocks;
    this.height = model.table[bias].all.length;
    this.rows = this.height / this.blocks.length;
    this.columns = model.table[name].width;
  }

  // `of` is "grad." for ∂L/∂ the entry.
  value({ row, column }, of = "") {
    const isBias = column === this.columns;
    return this.model.at(of + (isBias ? this.bias : this.name), row, isBias ? 0 : column);
  }

  // Where an entry lies, as an edit names it.
  place({ row, column }) {
    return column === this.columns ? { name: this.bias, at: [row] } : { name: this.name, at: [row, column] };
  }

  // W_hf [2, 3], of the block's own second row.
  title(entry) {
    const { name, at } = this.place(entry);
    const inBlock = [entry.row % this.rows, ...at.slice(1)].map((k) => k + 1);
    return [...lowered(symbolOf(this.model, name, this.blockOf(entry))), ` [${inBlock.join(", ")}]`];
  }

  // The same with its number in full.
  written(entry, v, of = "") {
    return element("span", {}, of, ...this.title(entry), ` = ${full(v)}`);
  }

  blockOf({ row }) {
    return this.blocks[Math.floor(row / this.rows)];
  }

  // From where to where it carries something, in words.
  meaning(entry) {
    const to = this.to(entry);
    if (entry.column === this.columns) return this.told(this.words.biasOf, { to });
    return this.told(this.words.fromTo, { from: this.from(entry), to });
  }

  from({ column }) {
    if (this.name !== "weight_ih") return this.unit(column);
    const { letters } = this.model;
    const name = letters.length ? letterIn(this.model, column) : this.columns > 1 ? ` [${column + 1}]` : "";
    return this.told(this.words.fromInput, { name });
  }

  to(entry) {
    const { words } = this;
    if (this.isReadout) return this.told(words.toGuess, { name: this.outputNames ? symbolIn(this.model, entry.row) : this.rows > 1 ? ` [${entry.row + 1}]` : "" });
    const unit = this.unit(entry.row % this.rows);
    if (this.blocks.length === 1) return unit;
    const gate = this.blockOf(entry);
    return this.told(words.gateOf, { gate: element("i", { class: `gatename q-${gate}` }, gate), unit });
  }

  unit(k) {
    return this.told(this.words.unitNamed, { unit: unitName(this.model, k) });
  }

  told(template, places) {
    return element("span", {}, ...sentence(template, places));
  }

  // A readout of one number has no row for each of its answers.
  get outputNames() {
    return this.model.symbols.length === this.rows ? this.model.symbols : undefined;
  }

  // Headings.
  get rowNames() {
    const { model } = this;
    if (this.isReadout) return this.outputNames ?? (this.rows > 1 ? counted(this.rows) : undefined);
    return Array.from({ length: this.rows }, (_, k) => unitName(model, k));
  }

  get longestName() {
    return Math.max(1, ...(this.rowNames ?? []).map((name) => [...name].length));
  }

  get columnNames() {
    const { model } = this;
    if (this.name === "weight_ih") return model.letters.length ? model.letters : this.columns > 1 ? counted(this.columns) : ["x"];
    return Array.from({ length: this.columns }, (_, k) => unitName(model, k));
  }
}

const unitName = (model, k) => model.units?.[k] ?? String(k + 1);
const counted = (n) => Array.from({ length: n }, (_, k) => String(k + 1));

// A letter that is read, in a sentence; a text never reads its end, and yet has a place for it.
const letterIn = (model, k) => element("b", { class: isEnd(model, k) ? "end" : "" }, model.letters[k]);

// W_hf for the block f of weight_hh, as the core writes it; without a block the whole matrix.
function symbolOf(model, name, block) {
  const own = Object.entries(model.inside.symbols).filter(([, [matrix]]) => matrix === name);
  const [symbol] = own.find(([, [, of]]) => of === block) ?? own[0];
  return symbol;
}
