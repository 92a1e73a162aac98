// Loss, score and gradient norm over the updates, with one rule through all three.

const HEIGHTS = { wide: [352, 142, 142], narrow: [250, 150, 150] };

class Curves {
  // onhover(lines, event): what to tell beside the pointer; onpick(update).
  constructor({ onhover, onpick }) {
    Object.assign(this, { onhover, onpick });
    this.loss = new Chart(HEIGHTS.wide[0], { lines: [{ name: "loss", width: 2 }], rates: true });
    this.score = new Chart(HEIGHTS.wide[1], { exams: true });
    this.norm = new Chart(HEIGHTS.wide[2], { lines: [{ name: "norm", width: 1 }, { name: "clipped", width: 2.6 }] });
    this.charts = [this.loss, this.score, this.norm];
    this.loss.root.classList.add("loss");
    this.root = element("div", { class: "curves" }, ...this.charts.map((chart) => chart.root));
    this.state = { models: [], before: [], last: 100 };
    for (const chart of this.charts) {
      const { root } = chart.paper;
      root.onpointermove = (event) => this.hover(chart, event);
      root.onpointerleave = () => this.hover();
      root.onclick = (event) => this.onpick(Math.min(this.made, Math.max(0, chart.at(event.offsetX))));
    }
  }

  say(words, task) {
    this.words = words;
    this.task = task;
    for (const chart of this.charts) chart.words = words;
    this.score.log = task.highIsGood === false;
    this.oldKey = element("span", { class: "key", hidden: !this.state.before.length }, sample("old"), words.before);
    this.endKeys = ENDS.map(([state, mark]) => element("span", { class: "key", hidden: true }, `${mark} ${words.states[state]}`));
    const spread = element("span", { class: "key", title: words.spreadNote }, sample("band"), words.spread);
    this.loss.caption.replaceChildren(title(words.loss, words.logScale), spread, this.oldKey, ...this.endKeys);
    const scale = this.score.log ? words.logScale : "";
    this.score.caption.replaceChildren(title(scoreName(words, task), scale, words.heldOut));
    const keys = [["thin", words.beforeClipping], ["thick", words.afterClipping]];
    this.norm.caption.replaceChildren(
      title(words.norm, words.logScale),
      ...keys.map(([kind, name]) => element("span", { class: "key" }, sample(kind), name)),
    );
  }

  resize(narrow) {
    this.charts.forEach((chart, k) => chart.paper.setHeight(HEIGHTS[narrow ? "narrow" : "wide"][k]));
  }

  // models: [{ name, hue, series, now }]; before: [series].
  show(models, before) {
    this.made = Math.max(0, ...models.map(({ now }) => now?.made ?? 0));
    const oldest = Math.max(0, ...before.map(({ at }) => at.at(-1) ?? 0));
    const last = this.made || oldest ? roundUp(Math.max(10, this.made, oldest)) : (this.task.budget ?? 100);
    this.state = { models, before, last };
    this.oldKey.hidden = !before.length;
    ENDS.forEach(([, , at], k) => (this.endKeys[k].hidden = !models.some(({ now }) => now && at(now) !== null)));
  }

  draw(palette) {
    const { words, task, state } = this;
    const baseline = task.baseline && { value: task.baseline.loss, text: sentence(words.baseline, { name: task.baseline.name }) };
    const goal = task.goal === undefined ? undefined : { value: task.goal, text: `${words.goal} ${plain(task.goal)}` };
    this.loss.draw(palette, { ...state, reference: baseline });
    this.score.draw(palette, { ...state, reference: goal });
    this.norm.draw(palette, state);
    this.mark(this.moment);
    if (this.pointer) this.follow();
  }

  // The moment looked at; undefined: now.
  mark(update) {
    this.moment = update;
    for (const chart of this.charts) chart.rule(chart.looked, update);
  }

  hover(chart, event) {
    this.pointer = chart && { chart, x: event.offsetX, event };
    this.follow();
  }

  // The pointer may rest while the axis under it changes.
  follow() {
    const { chart, x, event } = this.pointer ?? {};
    const update = chart && Math.round(Math.min(this.made, Math.max(1, chart.at(x))));
    for (const each of this.charts) each.rule(each.hovered, update || undefined);
    this.onhover(update ? this.told(chart, update) : undefined, event);
  }

  // The numbers of each model at an update, in one of the charts, and of which updates they are.
  told(chart, update) {
    const { words } = this;
    const lines = [[`${words.update} ${update}`]];
    this.state.models.forEach(({ name, hue, series }, k) => {
      const exam = chart.exams ? series.exam(update) : undefined;
      const at = exam ? exam[0] : Math.min(update, series.at.at(-1) ?? 0);
      const i = series.find(at);
      if (i === undefined) return;
      const values = chart.exams ? [exam?.[1]] : chart.lines.map((each) => series[each.name][i]);
      const other = at < update ? ` · ${words.update} ${at}` : "";
      const of = (!chart.exams && meanOf(words, series.from(i), series.at[i])) || other;
      lines.push([`${name}: ${values.map(brief).join(" → ")}${of}`, k, hue]);
    });
    return lines;
  }

  describe() {
    const { words, task, state } = this;
    const each = (pick) => state.models.map(({ name, now }) => `${name} ${brief(now ? pick(now) : null)}`).join(", ");
    this.loss.paper.describe(`${words.loss}: ${each((now) => now.loss)}`);
    this.score.paper.describe(`${scoreName(words, task)}: ${each((now) => now.score)}`);
    this.norm.paper.describe(`${words.norm}: ${each((now) => now.norm)}`);
  }
}

const title = (name, ...notes) => element("span", {}, element("b", {}, name), notes.filter(Boolean).map((note) => ` · ${note}`).join(""));

// A piece of line for a legend.
const sample = (kind) => element("span", { class: `sample ${kind}` });
