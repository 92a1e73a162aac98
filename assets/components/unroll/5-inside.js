// The cell from inside, for one unit at one time step: every operation with its value, forwards and backwards. One that
// is opened tells how its value came about, down to the single products of a dot product.

class Inside {
  constructor(model, words, { onedit, ongo, onpick }) {
    Object.assign(this, { model, words, onedit, onpick, t: 0, phase: "forward", unit: 0, open: {}, graphs: {} });
    this.nodes = new Map(model.inside.nodes.map((node) => [node.name, node]));
    this.edited = new Set(model.edited.map((place) => place.join(".")));
    this.revealed = new Map(); // while predicting: which numbers have been shown, and what was guessed of them
    this.predict = element("input", { type: "checkbox", onchange: () => this.show(this.t, this.phase) });
    this.title = element("div", { class: "insidetitle" });
    this.units = element("select", { "aria-label": words.unit, onchange: () => this.choose(Number(this.units.value)) });
    for (let k = 0; k < model.H; k++) this.units.append(element("option", { value: k }, unitName(this.model, k)));
    this.detail = element("div", { class: "nodedetail", "aria-live": "polite" });
    this.graph = element("div", { class: "graph" });
    this.pins = new Pins(this, ongo);
    this.unitChoice = element("label", {}, `${words.unit} `, this.units);
    this.predictChoice = element("label", {}, this.predict, ` ${words.predict}`);
    const reset = this.edited.size ? element("button", { type: "button", class: "reset", onclick: () => onedit("") }, words.reset) : "";
    this.root = element(
      "details",
      { class: "inside", ontoggle: () => this.root.open && !this.detail.firstChild && this.show(this.t, this.phase) },
      element("summary", {}, this.title),
      element("div", { class: "unit" }, this.unitChoice, this.predictChoice, reset),
      this.graph,
      this.detail,
    );
  }

  // Be as open as the panel that this one takes the place of.
  resume({ root, unit, open, predict, pins, typed }) {
    this.typed = typed;
    this.root.open = root.open;
    this.predict.checked = predict.checked;
    this.unit = Math.min(unit, this.model.H - 1);
    this.units.value = this.unit;
    for (const [phase, name] of Object.entries(open)) if (this.nodes.has(name)) this.open[phase] = name;
    this.pins.resume(pins);
  }

  // Whoever typed a number may go on from there.
  refocus() {
    if (this.typed && document.activeElement === document.body) this.root.querySelector(`[data-place="${this.typed}"]`)?.focus();
    this.typed = undefined;
  }

  // A square of the picture was clicked: how did its number come about? A box that is open stays so.
  reveal(name, unit) {
    const node = `${this.phase === "backward" ? "∂L/∂" : ""}${name}_t`;
    if (!this.root.open || !this.open[this.phase]) this.open[this.phase] = node;
    this.root.open = true;
    this.choose(unit);
  }

  // What a link says is open.
  follow({ phase, unit, node }) {
    if (!node) return;
    this.root.open = true;
    this.unit = unit;
    this.units.value = unit;
    this.open[phase === "backward" ? phase : "forward"] = node;
  }

  // The same for a link: the unit and the box that are open, if any.
  get query() {
    const node = this.root.open && !this.root.hidden && this.open[this.phase];
    return node ? { unit: this.unit, node } : {};
  }

  // Another unit, from the list, by key, or by a square that was clicked.
  choose(unit) {
    this.unit = Math.max(0, Math.min(this.model.H - 1, unit));
    this.units.value = this.unit;
    this.show(this.t, this.phase);
    this.onpick();
  }

  // A closed panel costs a step nothing but its title.
  show(t, phase) {
    const isBack = phase === "backward";
    Object.assign(this, { t, phase: isBack ? phase : "forward" }); // while updating, what the changed network computes
    this.pins.show();
    this.root.hidden = phase === "loss" || (isBack && t === 0);
    if (this.root.hidden) return;
    const { words, model } = this;
    const title = t === 0 ? words.insideStart : isBack ? words.insideBack : words.inside;
    this.title.replaceChildren(...sentence(title, { t, token: model.tokens[t - 1] ?? "" }));
    if (!this.root.open) return this.detail.replaceChildren(); // drawn when it is opened
    for (const choice of [this.unitChoice, this.predictChoice, this.graph]) choice.hidden = t === 0;
    if (t === 0) return this.detail.replaceChildren(this.initialState());
    const graph = (this.graphs[this.phase] ??= this.draw(this.phase));
    if (this.graph.firstChild !== graph.svg) this.graph.replaceChildren(graph.svg);
    this.tell();
  }

  draw(phase) {
    const { model, words, nodes } = this;
    const onopen = (name) => this.toggle(name);
    return new Graph(model, words, { phase, nodes, onopen, tip: (name) => this.tip(name) });
  }

  toggle(name) {
    this.open[this.phase] = this.open[this.phase] === name ? undefined : name;
    this.tell();
    this.onpick();
  }

  tell() {
    const { words } = this;
    const node = this.nodes.get(this.open[this.phase]);
    this.graphs[this.phase].show((name) => (this.value(name) === undefined ? "" : this.written(name)), node?.name);
    if (!node) return this.detail.replaceChildren(element("p", { class: "note" }, words.openNode));
    const made = node.dots.length ? this.products(node) : node.of.length ? this.withNumbers(node) : this.given(node);
    const way = node.way ? element("p", { class: "note" }, words.wayNotes[node.way]) : "";
    this.detail.replaceChildren(
      element("div", { class: "made" }, formula(node.formula), this.pins.button(node.name)),
      way,
      made,
      ...this.guessing(node),
    );
  }

  // The number of a node, or of what comes in from outside, for the chosen unit; a letter that is read is no single
  // number, nor is what the readout sends back.
  value(name, t = this.t, unit = this.unit) {
    const { width } = this.model.table[`in.${name}`];
    const isWide = this.model.inside.wide.includes(name);
    return isWide && width > 1 ? undefined : this.model.at(`in.${name}`, t - 1, isWide ? 0 : unit);
  }

  // Its number as text; a question mark where the learner is to predict it first.
  written(name) {
    return this.isHidden(name) ? "?" : signed(this.value(name));
  }

  isHidden(name) {
    const isAsked = this.nodes.has(name) && name in this.model.inside[this.phase].places;
    return this.predict.checked && isAsked && !this.revealed.has(this.key(name));
  }

  key(name) {
    return `${this.t} ${this.unit} ${name}`;
  }

  tip(name) {
    const told = plain(name, this.t);
    if (this.isHidden(name)) return `${told} = ?`;
    const v = this.value(name);
    if (v !== undefined) return `${told} = ${full(v)}`;
    return `${told}: ${this.model.storeys.layer ? this.words.carries.weight_ih : this.model.tokens[this.t - 1]}`;
  }

  // The block of weights that the open box belongs to, if it is one.
  get block() {
    const node = this.nodes.get(this.open[this.phase]);
    const blocks = [...new Set(node?.dots.map(([, block]) => block))];
    return blocks.length === 1 ? blocks[0] : this.model.blocks.find((block) => block === node?.quantity);
  }

  // While predicting: a field for the learner's guess, and afterwards how far off it was.
  guessing(node) {
    if (!this.predict.checked) return [];
    const { words } = this;
    const key = this.key(node.name);
    if (this.isHidden(node.name)) {
      const field = element("input", { type: "number", step: "any", "aria-label": words.yourGuess });
      const reveal = (event) => {
        event.preventDefault();
        this.revealed.set(key, field.valueAsNumber);
        this.show(this.t, this.phase);
      };
      field.onkeydown = (event) => event.stopPropagation();
      const label = element("label", {}, `${words.yourGuess} `, field);
      return [element("form", { class: "guessing", onsubmit: reveal }, label, element("button", { type: "submit" }, words.reveal))];
    }
    const guess = this.revealed.get(key);
    if (!Number.isFinite(guess)) return [];
    const off = magnitude(Math.abs(guess - this.value(node.name)));
    return [element("p", { class: "note" }, ...sentence(words.offBy, { guess: signed(guess), off }))];
  }

  // The formula's line with this unit's numbers in place of the symbols; each opens what it came from.
  withNumbers(node) {
    const numbers = node.of.map((name) => this.written(name));
    const parts = numbers.map((text, k) => this.operand(node.of[k], text));
    const written = {
      "×": () => joined(parts, " × "),
      "+": () => parts.flatMap((part, k) => (k ? [" ", this.operand(node.of[k], numbers[k].replace(/^([+−]?)/, (mark) => `${mark || "+"} `))] : [part])),
      "−": () => [parts[0], ` ${MINUS} (`, parts[1], ")"],
      "1−": () => [`1 ${MINUS} `, this.operand(node.of[0], numbers[0].replace("+", ""))],
      ">0": () => ["[", parts[0], " > 0]"],
      identity: () => [parts[0]],
    }[node.rule];
    const together = { "×": times, "+": plus, "−": minus, "1−": minus }[node.rule];
    const values = [...(node.rule === "1−" ? [1] : []), ...node.of.map((name) => this.value(name))];
    const isEven = together ? comesOut(values, together, this.value(node.name)) : [">0", "identity"].includes(node.rule);
    const equals = isEven || this.isHidden(node.name) ? "=" : "≈";
    const made = written?.() ?? [`${node.rule}(`, parts[0], ")"];
    return element("div", { class: "numbers" }, ...made, ` ${equals} ${this.written(node.name)}`);
  }

  // What nothing in this step makes.
  given(node) {
    return element("div", { class: "numbers" }, `= ${this.written(node.name)}`);
  }

  operand(name, text) {
    const title = plain(name, this.t);
    if (!this.nodes.has(name)) return element("span", { title }, text);
    return element("button", { type: "button", class: "operand", title, onclick: () => this.toggle(name) }, text);
  }

  // Every product of a dot product: weight, what it weighs, and the two multiplied.
  products(node) {
    const { model, t, unit, words } = this;
    const operands = [...node.of];
    const rows = [];
    const products = [];
    const add = (matrix, block, at, of, v) => {
      const name = matrix.replace("ᵀ", "");
      const w = model.table[name].row(at[0])[at[1] ?? 0];
      const row = block === "y" ? at[0] : at[0] % model.H; // counted within its block
      const place = ` [${[row, ...at.slice(1)].map((k) => k + 1).join(", ")}]`;
      const symbol = element("span", {}, ...lowered(symbolOf(model, name, block)), place);
      rows.push([symbol, this.weight(name, at, w), of, of && signed(v), signed(w * v)]);
      products.push(w * v);
    };
    for (const [matrix, block] of node.dots) {
      const first = block === "y" ? 0 : model.H * model.blocks.indexOf(block);
      if (matrix.startsWith("bias")) {
        add(matrix, block, [first + unit], "", 1);
        continue;
      }
      const of = operands.shift();
      model.table[`in.${of}`].row(t - 1).forEach((v, k) => {
        if (v === 0 && of === "x_t" && model.letters.length) return; // of a one-hot letter only its own
        add(matrix, block, matrix.endsWith("ᵀ") ? [first + k, unit] : [first + unit, k], this.entryName(of, k), v);
      });
    }
    const head = [words.weight, "", words.weighed, "", words.product];
    const cells = (values, kind) => element("tr", {}, ...values.map((value) => element(kind, {}, value)));
    const isEven = comesOut(products, plus, this.value(node.name));
    const equals = isEven || this.isHidden(node.name) ? "=" : "≈";
    const total = cells([words.sum, "", "", equals, this.written(node.name)], "th");
    const body = [...rows.map((row) => cells(row, "td")), total];
    const table = element("table", { class: "products" }, element("thead", {}, cells(head, "th")), element("tbody", {}, ...body));
    return element("div", { class: "table" }, table);
  }

  // What an entry of an operand is called: the letter that is read, the unit a number belongs to, the class guessed.
  entryName(of, k) {
    const { model, t, words } = this;
    const { width } = model.table[`in.${of}`];
    if (of === "x_t" && model.letters.length) return `x${subscript(t)} = ${model.tokens[t - 1]}`;
    if (of === "x_t") return `x${subscript(t)}${width > 1 ? ` [${k + 1}]` : ""}`;
    if (!model.inside.wide.includes(of)) return `${plain(of, t)} [${unitName(this.model, k)}]`;
    return width > 1 ? `${words.error} [${model.symbols[k] ?? k + 1}]` : words.error;
  }

  // Where the network starts, each number to be set by hand.
  initialState() {
    const { model } = this;
    const elsewhere = model.storeys.layer || model.storeys.direction; // begins at zero, and no link says otherwise
    const rows = model.states.map((name) => {
      const values = [...model.table[`s.${name}`].row(0)];
      const number = (v, k) => (elsewhere ? signed(v) : this.weight(`${name}_0`, [k], v));
      const numbers = values.map((v, k) => element("label", {}, `[${unitName(this.model, k)}] `, number(v, k)));
      return element("div", { class: "initial" }, formula(`${name}_0`), ...numbers);
    });
    const note = this.onedit ? [element("p", { class: "note" }, elsewhere ? this.words.initialElsewhere : this.words.initial)] : [];
    return element("div", {}, ...note, ...rows);
  }

  // The boxes that a symbol of an equation stands for, or that its weights go into.
  find({ name, index, gradient }, weight) {
    if (!this.root.open || this.root.hidden || this.t === 0) return [];
    const { boxes } = this.graphs[this.phase];
    if (!weight) {
      const whole = `${gradient ? "∂L/∂" : ""}${name}_${index?.length > 1 ? `{${index}}` : index}`;
      return boxes.has(whole) ? [boxes.get(whole).box] : [];
    }
    const [matrix, block] = weight;
    const isMade = ({ dots }) => dots.some(([from, to]) => from.replace("ᵀ", "") === matrix && (!block || to === block));
    return [...boxes].filter(([name]) => this.nodes.has(name) && isMade(this.nodes.get(name))).map(([, { box }]) => box);
  }

  // A number that can be changed by hand, marked where it was.
  weight(name, at, value) {
    const place = [name, ...at].join(".");
    const onedit = this.onedit && ((change) => this.onedit(change, (this.typed = place)));
    const number = editable({ name, at, value, isEdited: this.edited.has(place), words: this.words, onedit });
    number.dataset.place = place;
    return number;
  }
}

// i_t at step 3 is i₃, c_{t−1} is c₂, f_{t+1} is f₄.
const plain = (name, t) =>
  name
    .replaceAll("_{t−1}", subscript(t - 1))
    .replaceAll("_{t+1}", subscript(t + 1))
    .replaceAll("_t", subscript(t));
const joined = (parts, sign) => parts.flatMap((part, k) => (k ? [sign, part] : [part]));
