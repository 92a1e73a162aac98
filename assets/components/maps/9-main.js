// The maps, and where the learner looks: stepping and pointing ask nobody.

export default (page) => mount(Maps, page);

// Where the learner was looking, by visit. It outlives the maps, which go when another view comes.
const looked = (window.unrolledMaps ??= new Map());

const NARROW = 560;
const TOLD = { resting: 600, playing: 4000 }; // ms until those who do not see hear of another step

class Maps extends Painted {
  constructor(parent, words) {
    super(parent, words, "maps");
    this.all = []; // a Quantity each, of which the first ones are shown
    this.shown = [];
    this.reads = new Reads();
    this.reads.say(words);
    this.reads.paper.onresize = () => this.draw();
    this.said = element("div", { class: "said", "aria-live": "polite" });
    this.values = element("p", { class: "values" });
    this.above = element("div", { class: "row" }, this.reads.root);
    this.stage = element("div", { class: "stage", tabindex: 0, role: "group", "aria-label": words.maps }, this.above);
    this.player = new Player({ T: 1, first: 1, rest: 300, words, onshow: (t) => this.point(t) });
    // For the page's Share: the step is nowhere but here.
    window.unrolledLink = this.link = () => `${location.origin}${location.pathname}?${new URLSearchParams({ ...this.model.query, step: this.player.t })}`;
    this.root.append(element("div", { class: "head" }, this.player.bar, this.camera), this.values, this.stage, this.said, this.tip.root);
    this.listen();
    this.watchRoom();
  }

  // ---- What is drawn

  show(model) {
    const { quantities, units, table, tokens, words } = model;
    const steps = table[quantities[0].name].all.length / units.length;
    while (this.all.length < quantities.length) this.all.push(this.quantity());
    this.shown = this.all.slice(0, quantities.length);
    if (this.stage.children.length !== 1 + this.shown.length) this.stage.replaceChildren(this.above, ...this.shown.map(({ root }) => root));
    quantities.forEach((about, k) => this.shown[k].show({ about, values: table[about.name], units, steps, words, isLast: k === quantities.length - 1 }));
    this.above.hidden = !this.hasReads;
    if (this.hasReads) {
      this.reads.show(tokens);
      this.reads.paper.describe(`${words.reads}: ${tokens.join(" ")}`);
    }
    const { player } = this;
    player.T = steps;
    set(player.slider, "max", steps);
    // A link just followed begins at its step.
    const here = looked.get(model.visit) ?? { t: model.step, unit: units[0] };
    this.unit = units.includes(here.unit) ? here.unit : units[0];
    player.t = Math.min(here.t, steps);
    this.draw();
  }

  quantity() {
    const quantity = new Quantity({
      onpoint: (t, row, event) => this.tell(quantity, t, row, event),
      onpick: (t, row) => {
        if (row !== undefined) this.unit = this.model.units[row];
        this.player.go(t ?? this.player.t);
      },
      onresize: () => this.draw(),
    });
    return quantity;
  }

  paint() {
    if (this.hasReads) this.reads.draw(this.palette);
    for (const quantity of this.shown) quantity.draw(this.palette);
    this.player.go(this.player.t, this.player.playing);
  }

  get whole() {
    return wholeOf(this.palette, this.shown, this.hasReads ? this.reads : undefined);
  }

  get hasReads() {
    return this.model.tokens.length > 0;
  }

  // ---- Where the learner looks

  get row() {
    return this.model.units.indexOf(this.unit);
  }

  point(t) {
    const { model, unit, row } = this;
    for (const quantity of this.shown) quantity.point(this.palette, t, row);
    this.reads.point(this.hasReads ? t : undefined);
    this.root.dataset.step = t;
    looked.set(model.visit, { t, unit });
    const numbers = this.shown.map(({ about, values }) => element("span", {}, element("b", {}, about.symbol), ` ${(about.signed ? signed : magnitude)(values.row(t - 1)[unit])}`));
    this.values.replaceChildren(this.where(t, unit), ...numbers);
    this.say();
  }

  where(t, unit) {
    const token = this.model.tokens[t - 1];
    const read = token === undefined ? "" : ` · ${this.words.reads} ${visible(token)}`;
    return sentence(this.words.where, { unit: unit + 1, t }) + read;
  }

  // Not every step of a walk, and less while it plays.
  say() {
    const wait = this.player.playing ? TOLD.playing : TOLD.resting;
    if (!this.player.playing) clearTimeout(this.saying);
    else if (this.saying) return;
    this.saying = setTimeout(() => {
      this.saying = undefined;
      write(this.said, [...this.values.childNodes].map((part) => part.textContent).join(", "));
    }, wait);
  }

  // The number under the pointer to its last digit.
  tell({ about, values }, t, row, event) {
    if (row === undefined || t === undefined) return this.tip.tell();
    const unit = this.model.units[row];
    const number = `${about.symbol} = ${(about.signed ? full : fullSize)(values.row(t - 1)[unit])}`;
    this.tip.tell([[number], [about.meaning], [this.where(t, unit)]], event, this.root);
  }

  listen() {
    const { signal } = this.life;
    this.root.addEventListener("keydown", (event) => this.key(event), { signal });
    document.addEventListener("keydown", (event) => this.player.keyOutside(event, this.root), { signal });
  }

  // Up and down lead from unit to unit.
  key(event) {
    const way = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!way || event.composedPath()[0] !== this.stage) return this.player.key(event, true);
    event.preventDefault();
    this.unit = this.model.units[this.row + way] ?? this.unit;
    this.player.go(this.player.t);
  }

  // ---- Room, leaving

  watchRoom() {
    this.sizes = new ResizeObserver(([{ contentRect }]) => this.root.classList.toggle("narrow", contentRect.width < NARROW));
    this.sizes.observe(this.root);
  }

  end() {
    super.end();
    if (window.unrolledLink === this.link) delete window.unrolledLink;
    this.player.pause();
    clearTimeout(this.saying);
    this.sizes.disconnect();
  }
}
