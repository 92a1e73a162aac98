// One row for each model: where it stands, and underneath in a sentence how it ended.

const NUMBERS = ["made", "loss", "score", "lr"];

class Status {
  constructor() {
    this.head = element("tr");
    this.body = element("tbody");
    this.table = element("table", { class: "status" }, element("thead", {}, this.head), this.body);
    this.said = element("div", { class: "said", "aria-live": "polite" });
    this.speed = element("div", { class: "speed" });
    this.lost = element("div", { class: "lost", role: "status", hidden: true });
    this.root = element("div", { class: "top" }, this.table, element("div", { class: "beside" }, this.speed, this.said, this.lost));
  }

  // models: [{ name, rest, hue }].
  say(words, models, task) {
    this.words = words;
    write(this.lost, words.lost);
    const heads = [words.update, words.loss, scoreName(words, task), words.rate];
    this.head.replaceChildren(element("td"), ...heads.map((name) => element("th", { scope: "col", title: name === words.loss ? words.lossNote : undefined }, name)));
    while (this.body.children.length > models.length) this.body.lastChild.remove();
    models.forEach((model, k) => this.name(this.row(k), model, k));
    this.sentences = undefined;
  }

  row(k) {
    const cells = NUMBERS.map((name) => element("td", { class: `number ${name}` }, "–"));
    const row = element("tr", { class: "model" }, element("th", { scope: "row" }), ...cells);
    if (!this.body.children[k]) this.body.append(row);
    return this.body.children[k];
  }

  name(row, { name, rest, hue }, k) {
    const state = element("span", { class: "state" });
    const more = rest ? element("div", { class: "rest" }, rest) : "";
    row.firstChild.replaceChildren(swatch(k, hue), element("span", { class: "name" }, name), state, more);
  }

  // models: [{ name, now }], now as in the last message or nothing; speed: of all, in updates a second.
  show(models, state, speed) {
    models.forEach(({ now }, k) => this.fill(this.body.children[k], now));
    const fast = state === "running" && speed > 0;
    write(this.speed, fast ? sentence(this.words.updatesASecond, { n: speed < 100 ? plain(Number(speed.toPrecision(2))) : String(Math.round(speed)) }) : "");
    const lines = state ? models.flatMap((model) => this.ends(model)) : [this.words.empty];
    if (lines.join() === this.sentences) return;
    this.sentences = lines.join();
    this.said.replaceChildren(...lines.map((line) => element("p", {}, line)));
  }

  fill(row, now) {
    const state = row.querySelector(".state");
    write(state, now ? this.words.states[now.state] : "");
    for (const name of ["state", ...NUMBERS, "norm", "clipped", "solved", "diverged"]) {
      set(row, `data-${name === "made" ? "update" : name}`, now?.[name] ?? "");
    }
    NUMBERS.forEach((name, k) => {
      const cell = row.children[k + 1];
      const v = now?.[name] ?? null;
      write(cell, v === null ? "–" : name === "made" ? String(v) : name === "lr" ? plain(v) : brief(v));
      if (v === null) cell.removeAttribute("title");
      else set(cell, "title", v);
    });
  }

  ends({ name, now }) {
    const { words } = this;
    if (!now) return [];
    const lines = [];
    if (now.solved !== null) lines.push(sentence(words.solved, { model: name, update: now.solved }));
    else if (now.state === "spent") lines.push(sentence(words.spent, { model: name, update: now.made }));
    if (now.diverged !== null) lines.push(sentence(words.diverged, { model: name, update: now.diverged }));
    return lines;
  }
}
