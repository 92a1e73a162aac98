// The cell from inside, for one unit at one time step: every operation a node with its value. A node that is opened
// tells how its value came about, down to the single products of a dot product.

const NODE = { height: 42, down: 54, gap: 34, margin: 6, least: 74, letter: 7.2 };

class Inside {
  constructor(model, words, onedit) {
    Object.assign(this, { model, words, onedit, t: 0 });
    this.revealed = new Map(); // while predicting: which numbers have been shown, and what was guessed of them
    this.predict = element("input", { type: "checkbox", onchange: () => this.show(this.t) });
    this.edited = new Set(model.edited.map((place) => place.join(".")));
    this.readsNumbers = model.table.inputs.width === 1;
    this.nodes = new Map(model.inside.nodes.map((node) => [node.name, node]));
    this.unit = 0;
    this.open = undefined;
    this.title = element("div", { class: "insidetitle" });
    this.units = element("select", { "aria-label": words.unit, onchange: () => this.choose(Number(this.units.value)) });
    for (let k = 0; k < model.H; k++) this.units.append(element("option", { value: k }, model.units?.[k] ?? String(k + 1)));
    this.detail = element("div", { class: "nodedetail", "aria-live": "polite" });
    this.svg = this.draw();
    this.graph = element("div", { class: "graph" }, this.svg);
    this.root = element(
      "details",
      { class: "inside", ontoggle: () => this.root.open && this.show(this.t) },
      element("summary", {}, this.title),
      element(
        "div",
        { class: "unit" },
        element("label", {}, `${words.unit} `, this.units),
        element("label", {}, this.predict, ` ${words.predict}`),
        this.edited.size ? element("button", { type: "button", class: "reset", onclick: () => onedit("") }, words.reset) : "",
      ),
      this.graph,
      this.detail,
    );
  }

  // Be as open as the panel that this one takes the place of.
  resume({ root, unit, open, predict }) {
    this.root.open = root.open;
    this.predict.checked = predict.checked;
    this.unit = Math.min(unit, this.model.H - 1);
    this.units.value = this.unit;
    this.open = this.nodes.has(open) ? open : undefined;
  }

  // Another unit, from the list, by key, or by a square that was clicked.
  choose(unit) {
    this.unit = Math.max(0, Math.min(this.model.H - 1, unit));
    this.units.value = this.unit;
    this.show(this.t);
  }

  // A closed panel costs a step nothing but its title.
  show(t, phase = "forward") {
    this.t = t;
    this.root.hidden = t === 0 || phase !== "forward";
    if (this.root.hidden) return;
    this.title.replaceChildren(...sentence(this.words.inside, { t, token: this.model.tokens[t - 1] }));
    if (!this.root.open) return;
    for (const [name, { number }] of this.boxes) {
      if (this.value(name) !== undefined) number.textContent = this.written(name);
    }
    this.tell();
  }

  // The number of a node, or of what comes in from outside; a letter that is read is no single number.
  value(name) {
    const { model, t, unit } = this;
    if (name === "x_t") return this.readsNumbers ? model.at("inputs", t - 1) : undefined;
    if (this.nodes.has(name)) return model.at(`in.${name}`, t - 1, unit);
    const state = /^([hc])_/.exec(name)?.[1];
    return state && model.at(`s.${state}`, t - 1, unit);
  }

  // Its number as text; a question mark where the learner is to predict it first.
  written(name) {
    return this.isHidden(name) ? "?" : signed(this.value(name));
  }

  isHidden(name) {
    return this.predict.checked && this.nodes.has(name) && !this.revealed.has(this.key(name));
  }

  key(name) {
    return `${this.t} ${this.unit} ${name}`;
  }

  draw() {
    const { model } = this;
    const all = [...model.inside.outside, ...model.inside.nodes];
    // Each layer is as wide as its longest name.
    const widths = [];
    for (const { name, x } of all) widths[x] = Math.max(widths[x] ?? NODE.least, NODE.letter * visible(name).length + 18);
    const lefts = widths.map((_, x) => NODE.margin + widths.slice(0, x).reduce((sum, width) => sum + width + NODE.gap, 0));
    const places = new Map(all.map(({ name, x, y }) => [name, { x: lefts[x], y: NODE.margin + y * NODE.down, width: widths[x] }]));
    const width = lefts.at(-1) + widths.at(-1) + NODE.margin;
    const height = 2 * NODE.margin + NODE.height + NODE.down * Math.max(...all.map(({ y }) => y));
    const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "group", "aria-label": this.words.graph });
    this.edges = [];
    for (const node of model.inside.nodes) {
      for (const from of node.of) {
        const [before, after] = [places.get(from), places.get(node.name)];
        const [x1, x2] = [before.x + before.width, after.x];
        const [y1, y2] = [before, after].map(({ y }) => y + NODE.height / 2);
        const middle = x2 - NODE.gap / 2; // straight past what lies between, then into its place
        const edge = shape("path", { class: "wire", d: `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}` });
        this.edges.push({ edge, to: node.name });
        svg.append(edge);
      }
    }
    this.boxes = new Map(all.map((node) => [node.name, this.box(node, places.get(node.name))]));
    svg.append(...[...this.boxes.values()].map(({ box }) => box));
    return svg;
  }

  box(node, { x, y, width }) {
    const opens = node.rule !== undefined;
    const hasNumber = node.name !== "x_t" || this.readsNumbers;
    const middle = x + width / 2;
    const frame = shape("rect", { x, y, width, height: NODE.height, rx: 8 });
    const name = named(middle, y + (hasNumber ? 16 : 25), node.name);
    const number = label(middle, y + 33, "", "number");
    const press = () => opens && this.toggle(node.name);
    const box = shape(
      "g",
      {
        class: `node q-${node.quantity}${opens ? "" : " outside"}`,
        "data-node": node.name,
        tabindex: opens ? 0 : undefined,
        role: opens ? "button" : undefined,
        onclick: press,
        onkeydown: (event) => {
          if (!opens || !["Enter", " "].includes(event.key)) return;
          event.preventDefault();
          event.stopPropagation();
          press();
        },
      },
      frame,
      name,
      number,
    );
    frame.tip = { kind: "node", text: () => this.tip(node) };
    frame.setAttribute("data-tip", "");
    return { box, number };
  }

  tip(node) {
    const name = indexed(node.name, this.t).replace(/[{}]/g, "");
    const v = this.value(node.name);
    if (this.isHidden(node.name)) return `${name} = ?`;
    return v === undefined ? `${name}: ${this.model.tokens[this.t - 1]}` : `${name} = ${full(v)}`;
  }

  toggle(name) {
    this.open = this.open === name ? undefined : name;
    this.tell();
  }

  tell() {
    const node = this.nodes.get(this.open);
    for (const [name, { box }] of this.boxes) box.classList.toggle("opened", name === this.open);
    for (const { edge, to } of this.edges) edge.classList.toggle("opened", to === this.open);
    if (!node) return this.detail.replaceChildren(element("p", { class: "note" }, this.words.openNode));
    const made = node.dots.length ? this.products(node) : this.withNumbers(node);
    this.detail.replaceChildren(formula(node.formula), made, ...this.guessing(node));
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
        this.show(this.t);
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

  // The same line with this unit's numbers in place of the symbols.
  withNumbers(node) {
    const result = this.value(node.name);
    const values = node.of.map((name) => this.value(name));
    const parts = node.of.map((name) => this.written(name));
    const written = {
      "×": parts.join(" × "),
      "+": parts.map((part, k) => (k ? part.replace(/^([+−])/, "$1 ") : part)).join(" "),
      "1−": `1 ${MINUS} ${parts[0].replace("+", "")}`,
      identity: parts[0],
    };
    const together = { "×": (a, b) => a * b, "+": (a, b) => a + b }[node.rule];
    const isEven = together && comesOut(values, together, result);
    const equals = isEven || this.isHidden(node.name) ? "=" : "≈";
    const text = `${written[node.rule] ?? `${node.rule}(${parts[0]})`} ${equals} ${this.written(node.name)}`;
    return element("div", { class: "numbers" }, text);
  }

  // Every product of a dot product: weight, what it weighs, and the two multiplied.
  products(node) {
    const { model, t, unit, words } = this;
    const rows = [];
    const products = [];
    for (const [name, block] of node.dots) {
      const row = model.blocks.indexOf(block) * model.H + unit;
      const weights = model.table[name].row(row);
      if (name.startsWith("bias")) {
        rows.push([element("span", {}, ...lowered(symbolOf(name, block))), this.weight(name, [row], weights[0]), "", "", signed(weights[0])]);
        products.push(weights[0]);
        continue;
      }
      const inputs = name === "weight_ih" ? model.table.inputs.row(t - 1) : model.table["s.h"].row(t - 1);
      weights.forEach((w, j) => {
        if (inputs[j] === 0 && name === "weight_ih" && weights.length > 1) return; // of a one-hot letter only its own
        const from = name === "weight_ih" ? this.inputName(j) : `h${subscript(t - 1)} [${model.units?.[j] ?? j + 1}]`;
        const place = element("span", {}, ...lowered(symbolOf(name, block)), ` [${unit + 1}, ${j + 1}]`);
        rows.push([place, this.weight(name, [row, j], w), from, signed(inputs[j]), signed(w * inputs[j])]);
        products.push(w * inputs[j]);
      });
    }
    const head = [words.weight, "", words.weighed, "", words.product];
    const cells = (values, kind) => element("tr", {}, ...values.map((value) => element(kind, {}, value)));
    const sum = this.value(node.name);
    const isEven = comesOut(products, (a, b) => a + b, sum);
    const equals = isEven || this.isHidden(node.name) ? "=" : "≈";
    const total = cells([words.sum, "", "", equals, this.written(node.name)], "th");
    const body = [...rows.map((row) => cells(row, "td")), total];
    return element("table", { class: "products" }, element("thead", {}, cells(head, "th")), element("tbody", {}, ...body));
  }

  // A weight that can be changed: pressed it becomes a field; Enter or leaving it sends the new value.
  weight(name, at, value) {
    const isEdited = this.edited.has([name, ...at].join("."));
    const button = element("button", { type: "button", class: `weight${isEdited ? " edited" : ""}`, title: this.words.edit }, signed(value));
    button.onclick = () => {
      const field = element("input", { type: "number", step: "any", value, "aria-label": this.words.edit });
      const leave = (wanted) => {
        field.onblur = null; // taking it away is leaving it once more
        field.replaceWith(button);
        if (Number.isFinite(wanted) && wanted !== value) this.onedit(`${[name, ...at].join(".")}_${String(wanted).replace("+", "")}`);
      };
      field.onblur = () => leave(field.valueAsNumber);
      field.onkeydown = (event) => {
        event.stopPropagation();
        if (event.key === "Enter") leave(field.valueAsNumber);
        if (event.key === "Escape") leave(value);
      };
      button.replaceWith(field);
      field.select();
    };
    return button;
  }

  inputName(j) {
    const { model, t } = this;
    return model.symbols.length ? `x${subscript(t)} = ${model.tokens[t - 1]}` : `x${subscript(t)}`;
  }
}

// i_t at step 3 is i₃, c_{t−1} is c₂.
const indexed = (name, t) => name.replaceAll("_{t−1}", subscript(t - 1)).replaceAll("_t", subscript(t));
const visible = (name) => name.replace(/[_{}]/g, "");
const symbolOf = (name, block) => `${name.startsWith("bias") ? "b" : "W"}_${name.endsWith("ih") ? "i" : "h"}${block}`;

// Do the numbers come out even as they are written, rounded? Where they don't, the sign is ≈.
function comesOut(parts, together, result) {
  const written = (v) => Number(signed(v).replaceAll(MINUS, "-"));
  const made = parts.map(written).reduce(together);
  return Math.abs(made - written(result)) <= 1e-12 * Math.max(...parts.map(Math.abs));
}

// A name with its indices lowered, as text in a drawing.
function named(x, y, name) {
  const text = shape("text", { x, y, class: "nodename", "text-anchor": "middle" });
  name.split(/_(\{[^}]*\}|[A-Za-z]+)/).forEach((part, k) => {
    if (k % 2) text.append(shape("tspan", { dy: 4, "font-size": "9px" }, part.replace(/[{}]/g, "")));
    else if (part) text.append(shape("tspan", { dy: k ? -4 : 0 }, part));
  });
  return text;
}
