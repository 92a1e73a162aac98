// The probe sequence: what the chosen model makes of it, step under step.

class Probe {
  // ontell(lines, event): beside the pointer; onchoose(): another model is shown.
  constructor({ ontell, onchoose }) {
    Object.assign(this, { ontell, onchoose });
    this.chosen = 0;
    this.heading = element("h3");
    this.when = element("span", { class: "when" });
    this.tabs = element("div", { class: "tabs", role: "tablist" });
    this.tabs.onkeydown = (event) => this.key(event);
    this.reads = [new Reads(), new Reads()];
    this.answers = new Answers();
    this.flow = new Flow();
    this.weights = new Weights();
    this.maps = new Maps();
    this.maps.oncompose = () => this.listenToMaps();
    this.answers.figure.insertBefore(this.reads[0].root, this.answers.root);
    this.maps.root.insertBefore(this.reads[1].root, this.maps.first);
    this.left = element("div", { class: "side" }, this.answers.figure, this.flow.figure, this.weights.root);
    this.right = element("div", { class: "side" }, this.maps.root);
    this.panel = element("div", { class: "probe", role: "tabpanel" }, this.left, this.right);
    this.root = element("section", { hidden: true }, element("div", { class: "bar" }, this.heading, this.when, this.tabs), this.panel);
    for (const lane of [...this.reads, this.answers, this.flow]) this.listen(lane, lane.told?.bind(lane));
    const { root } = this.weights.paper;
    root.onpointermove = (event) => this.ontell(this.weights.told(event.offsetX, event.offsetY), event);
    root.onpointerleave = () => this.ontell();
  }

  get papers() {
    return [...this.reads, this.answers, this.flow, this.weights].map(({ paper }) => paper);
  }

  listenToMaps() {
    for (const [name, lane] of Object.entries(this.maps.lanes)) {
      if (!lane.root.onpointermove) this.listen(lane, (t, y) => this.maps.told(name, t, y), name);
    }
  }

  // Pointing at a step in one picture shows it in all; at the name of a map, what it is.
  listen(lane, told, name) {
    lane.root.onpointermove = (event) => {
      const t = lane.at(event.offsetX);
      this.point(t);
      const token = this.tokens?.[t - 1];
      const first = [`t = ${t}${token === undefined ? "" : ` · ${this.words.reads} ${visible(token)}`}`];
      const meaning = name && event.offsetX < EDGE.left ? [[this.words.meanings[name]]] : undefined;
      this.ontell(t === undefined ? meaning : [first, ...(told?.(t, event.offsetY) ?? [])], event);
    };
    lane.root.onpointerleave = () => {
      this.point();
      this.ontell();
    };
  }

  point(t) {
    for (const lane of [...this.reads, this.answers, this.flow, ...Object.values(this.maps.lanes)]) lane.point(t);
  }

  // models: [{ name, hue }].
  say(words, models, task) {
    Object.assign(this, { words, models });
    this.chosen = Math.min(this.chosen, models.length - 1);
    write(this.heading, words.probe);
    this.tabs.setAttribute("aria-label", words.shownModel);
    this.tabs.hidden = models.length < 2;
    while (this.tabs.children.length > models.length) this.tabs.lastChild.remove();
    models.forEach(({ name, hue }, k) => {
      if (!this.tabs.children[k]) this.tabs.append(element("button", { type: "button", role: "tab", onclick: () => this.choose(k) }));
      this.tabs.children[k].replaceChildren(swatch(k, hue), name);
    });
    for (const view of [...this.reads, this.flow, this.weights, this.maps]) view.say(words);
    this.answers.say(words, task);
    this.markTabs();
  }

  choose(k) {
    this.chosen = k;
    this.markTabs();
    this.onchoose();
  }

  markTabs() {
    [...this.tabs.children].forEach((tab, k) => {
      set(tab, "aria-selected", k === this.chosen);
      set(tab, "tabindex", k === this.chosen ? 0 : -1);
    });
    this.panel.setAttribute("aria-label", this.models[this.chosen].name);
  }

  key(event) {
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    this.choose((this.chosen + way + this.models.length) % this.models.length);
    this.tabs.children[this.chosen].focus();
  }

  // probes: what each model makes of the tokens; when: of which moment, in words.
  show(tokens, probes, when) {
    this.root.hidden = false;
    this.tokens = tokens;
    const { hue } = this.models[this.chosen];
    const probe = probes[this.chosen];
    for (const reads of this.reads) reads.show(tokens);
    this.answers.show(probe.answers, probe.steps, hue);
    this.flow.show(this.models, probes);
    this.weights.show(probe.weights, hue);
    // Few maps leave room under them.
    const count = Object.keys(probe.maps).length;
    const home = count > 2 && !this.narrow ? this.left : this.right;
    if (this.weights.root.parentNode !== home) home.append(this.weights.root);
    this.maps.show(probe, this.narrow ? 420 : this.answers.paper.height + (count > 2 ? 330 : 130));
    write(this.when, when);
  }

  draw(palette) {
    for (const view of [...this.reads, this.answers, this.flow, this.weights, this.maps]) view.draw(palette);
  }

  describe() {
    for (const view of [this.answers, this.flow, this.weights, this.maps]) view.describe();
    for (const reads of this.reads) reads.paper.describe(`${this.words.reads}: ${(this.tokens ?? []).join(" ")}`);
  }
}
