// Which moment of the training is looked at: the present, or an update before it, and the pages that open it.

const PAGES = ["unroll", "gates", "gradients"];
const PATIENCE = 80; // ms the learner holds still before an earlier moment is asked for

class Scrubber {
  // onmoment(found): { update, probe }, or undefined for the present; onlook(update): where the learner is now.
  constructor({ onmoment, onlook }) {
    Object.assign(this, { onmoment, onlook });
    this.made = 0;
    this.label = element("label", { for: "moment" });
    this.range = element("input", { id: "moment", type: "range", min: 0, max: 0, value: 0, step: 1 });
    this.range.oninput = () => this.look(Number(this.range.value));
    this.number = element("output", { for: "moment" });
    this.present = element("button", { type: "button", onclick: () => this.follow() });
    this.open = element("span", { id: "open" });
    this.links = PAGES.map((page) => element("a", { "data-to": page }));
    this.root = element(
      "div",
      { class: "scrubber" },
      element("div", { class: "moments" }, this.label, this.number, this.range, this.present),
      element("nav", { class: "in-app", "aria-labelledby": "open" }, this.open, ...this.links),
    );
  }

  say(words) {
    this.words = words;
    write(this.label, words.moment);
    write(this.present, words.now);
    write(this.open, words.open);
    PAGES.forEach((page, k) => write(this.links[k], words[page]));
    this.tell();
  }

  // run: its id; made: updates there are; model: which one links open.
  show(run, made, model) {
    if (run !== this.run) this.forget();
    Object.assign(this, { run, made, model });
    if (this.moment > made) return this.follow();
    this.tell();
  }

  tell() {
    const { run, made, moment, words } = this;
    const at = moment ?? made;
    set(this.range, "max", made);
    this.range.disabled = !run || !made;
    if (Number(this.range.value) !== at) this.range.value = at;
    write(this.number, String(at));
    set(this.range, "aria-valuetext", moment === undefined ? `${words.now}, ${words.update} ${at}` : `${words.update} ${at}`);
    set(this.present, "aria-pressed", moment === undefined);
    this.present.disabled = !run;
    PAGES.forEach((page, k) => {
      if (run) set(this.links[k], "href", `${page}?run=${run}&model=${this.model}&update=${at}`);
      else this.links[k].removeAttribute("href");
    });
  }

  // The last update is the present, which goes on.
  look(update) {
    if (update >= this.made) return this.follow();
    this.moment = this.wanted = Math.max(0, update);
    this.tell();
    this.onlook(this.moment);
    clearTimeout(this.timer);
    if (!this.busy) this.timer = setTimeout(() => this.fetch(), PATIENCE);
  }

  follow() {
    this.forget();
    this.tell();
    this.onlook(undefined);
    this.onmoment(undefined);
  }

  forget() {
    clearTimeout(this.timer);
    this.moment = this.wanted = undefined;
  }

  // One at a time; who has moved on meanwhile gets the last of what was asked for.
  async fetch() {
    const { wanted, run } = this;
    if (wanted === undefined) return;
    this.busy = true;
    this.root.setAttribute("aria-busy", "true");
    const found = await ask(`live/${run}/${wanted}`);
    this.busy = false;
    if (this.wanted !== undefined && this.wanted !== wanted) return this.fetch();
    this.root.removeAttribute("aria-busy");
    if (this.wanted === undefined || run !== this.run) return;
    if (found) this.onmoment(found);
    else this.follow(); // there is no such moment any more
  }
}

async function ask(address) {
  try {
    const answer = await fetch(new URL(address, document.baseURI));
    return answer.ok ? await answer.json() : undefined;
  } catch {
    return undefined;
  }
}
