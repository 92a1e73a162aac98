// Pointing at a symbol of an equation lights up what it stands for: its box inside the step, its squares in the columns
// and its rows of the weight matrix.

class Light {
  constructor(model, { columns, inside, weights }) {
    Object.assign(this, { model, columns, inside, weights, lit: [] });
  }

  // `t` is the step that is looked at: h_{t−1} lies one column before it.
  move(event, t) {
    const symbol = event.composedPath().find((node) => node.symbol)?.symbol;
    if (symbol === this.symbol) return;
    this.clear();
    this.symbol = symbol;
    if (!symbol) return;
    const weight = this.model.inside.symbols[`${symbol.name}_${symbol.index}`];
    const step = t + ({ "t−1": -1, "t+1": 1 }[symbol.index] ?? 0);
    this.lit = [...this.inside.find(symbol, weight), ...(weight ? [] : this.columns.find(symbol.name, step))];
    for (const node of this.lit) node.classList.add("lit");
    if (weight) this.weights.light(...weight);
  }

  clear() {
    for (const node of this.lit) node.classList.remove("lit");
    if (this.symbol) this.weights.light();
    this.lit = [];
    this.symbol = undefined;
  }
}
