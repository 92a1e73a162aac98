// The component: called again with other words or another training it keeps its elements, and with the same training
// also what it has heard of it.

const mounted = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  let live = mounted.get(parentElement);
  if (!live) mounted.set(parentElement, (live = new Live(parentElement)));
  live.use(data, setStateValue);
  return () => {
    live.end();
    mounted.delete(parentElement);
  };
}

const NARROW = 760;
const DESCRIBED = 5000; // ms between two descriptions of the pictures for those who do not see them

class Live {
  constructor(parent) {
    this.parent = parent;
    this.tip = new Tooltip();
    const ontell = (lines, event) => this.tell(lines, event);
    this.status = new Status();
    this.curves = new Curves({ onhover: ontell, onpick: (update) => this.run && this.scrubber.look(update) });
    this.scrubber = new Scrubber({ onmoment: (found) => this.find(found), onlook: (update) => this.curves.mark(update) });
    this.probe = new Probe({ ontell, onchoose: () => this.changed("probe") });
    this.root = element("div", { class: "unroll live" }, this.status.root, this.curves.root, this.scrubber.root, this.probe.root, this.tip.root);
    this.forget();
    this.due = {};
    this.life = new AbortController();
    this.watchRoom();
    watchTheme(this.root, this.life.signal, () => {
      this.look();
      this.changed("all");
    });
  }

  // ---- What the page says

  use(data, setStateValue) {
    this.setStateValue = setStateValue;
    const { words, task } = data;
    const said = JSON.stringify({ words, models: data.models, task });
    if (said !== this.said) {
      const models = named(data.models);
      Object.assign(this, { said, words, models, task });
      this.status.say(words, models, task);
      this.curves.say(words, task);
      this.scrubber.say(words);
      this.probe.say(words, models, task);
    }
    this.look();
    if (!this.root.isConnected) this.parent.append(this.root);
    if (data.run !== this.run) this.watch(data);
    if (data.look !== this.linked) this.wanted = this.linked = data.look; // once for each link
    this.described = undefined;
    this.changed("all");
  }

  look() {
    set(this.root, "data-theme", themeOf(this.parent));
    this.palette = undefined;
  }

  // Another training, or none.
  watch({ run, cookie, token }) {
    this.stream?.end();
    this.stream = undefined;
    this.run = run;
    this.forget();
    this.scrubber.forget();
    this.curves.mark(undefined);
    this.status.lost.hidden = true;
    this.root.dataset.run = run ?? "";
    if (!run) return;
    if (token) document.cookie = `${cookie}=${token}; path=/; max-age=86400; SameSite=Strict`;
    this.stream = new Stream(run, {
      onmessage: (message) => this.hear(message),
      onlost: (lost) => (this.status.lost.hidden = !lost),
      ongone: () => this.report("gone"),
    });
  }

  forget() {
    Object.assign(this, { series: undefined, before: [], now: undefined, present: undefined, past: undefined, tokens: undefined, reported: undefined });
  }

  report(state) {
    if (state === this.reported) return;
    this.reported = state;
    this.setStateValue("state", state);
  }

  // ---- What the training says

  hear(message) {
    if (message.kind === "whole") {
      this.series = message.models.map(({ curves, rates }) => new Series(curves, rates));
      this.before = message.before.map((curves) => new Series(curves));
      this.tokens = message.tokens;
    } else if (!this.series) return;
    else message.models.forEach(({ curves, rates }, k) => this.series[k].take(curves, rates));
    this.now = message;
    this.made = Math.max(...message.models.map(({ made }) => made));
    if (message.probe) this.present = { update: this.made, probe: message.probe };
    this.goToMoment();
    this.report(message.state);
    this.changed(message.probe ? "all" : "curves");
  }

  // Of the link that was followed; once the messages have come as far.
  goToMoment() {
    if (this.wanted === null || this.wanted === undefined || this.made <= this.wanted) return;
    this.scrubber.show(this.run, this.made, this.probe.chosen);
    this.scrubber.look(this.wanted);
    this.wanted = undefined;
  }

  // An earlier moment has come, or the present is wanted again.
  find(moment) {
    this.past = moment;
    this.changed("probe");
  }

  // ---- Drawing, once a frame at most

  changed(what) {
    this.due[what] = true;
    this.frame ??= requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frame = undefined;
    const { due } = this;
    this.due = {};
    this.palette ??= paletteOf(this.root);
    const models = this.models.map((model, k) => ({ ...model, now: this.now?.models[k] ?? undefined, series: this.series?.[k] ?? new Series() }));
    if (due.all || due.curves) {
      this.status.show(models, this.now?.state, this.now?.speed);
      this.curves.show(models, this.before);
      this.curves.draw(this.palette);
      this.root.dataset.state = this.now?.state ?? "";
    }
    this.scrubber.show(this.run, this.series ? this.made : 0, this.probe.chosen);
    if (due.all || due.probe) this.drawProbe();
    this.describe();
  }

  drawProbe() {
    const shown = this.past ?? this.present;
    if (!shown) {
      this.probe.root.hidden = true;
      return;
    }
    this.probe.show(this.tokens, shown.probe, this.past ? this.when(this.past.update) : this.words.now);
    this.probe.draw(this.palette);
  }

  // A moment, and the chosen model's loss then.
  when(update) {
    const { words } = this;
    const series = this.series[this.probe.chosen];
    const i = update ? series.find(update) : undefined;
    const loss = i === undefined ? "" : ` · ${words.loss} ${brief(series.loss[i])}${meanOf(words, series.from(i), series.at[i])}`;
    return `${words.update} ${update}${loss}`;
  }

  describe() {
    const time = performance.now();
    if (this.described?.state === this.now?.state && time - (this.described?.time ?? -DESCRIBED) < DESCRIBED) return;
    this.described = { state: this.now?.state, time };
    this.curves.describe();
    if (this.present) this.probe.describe();
  }

  // ---- The pointer

  // lines: [text, number of the model, its hue].
  tell(lines, event) {
    const signs = lines?.map(([words, k, hue]) => [k === undefined ? undefined : swatch(k, hue), words]);
    this.tip.tell(signs, event, this.root);
  }

  // ---- Room and theme

  watchRoom() {
    for (const paper of [...this.curves.charts.map(({ paper }) => paper), ...this.probe.papers]) paper.onresize = () => this.changed("all");
    this.probe.maps.onresize = () => this.changed("all");
    this.sizes = new ResizeObserver(([{ contentRect }]) => {
      const narrow = contentRect.width < NARROW;
      if (narrow === this.narrow) return;
      this.narrow = this.probe.narrow = narrow;
      this.root.classList.toggle("narrow", narrow);
      this.curves.resize(narrow);
      this.changed("all");
    });
    this.sizes.observe(this.root);
  }

  end() {
    this.stream?.end();
    this.scrubber.forget();
    cancelAnimationFrame(this.frame);
    this.sizes.disconnect();
    this.life.abort();
    for (const node of this.root.querySelectorAll(".paper")) SIZES.unobserve(node);
  }
}

// "LSTM · Layers: 2" is called LSTM, and its rest is told less loudly; two of a name are numbered.
function named(models) {
  const first = models.map(({ name }) => name.split(" · ")[0]);
  return models.map(({ name, hue }, k) => {
    const isOnly = first.filter((other) => other === first[k]).length === 1;
    return { hue, name: isOnly ? first[k] : `${first[k]} (${k + 1})`, rest: name.split(" · ").slice(1).join(" · ") };
  });
}
