// Walking through the phases and time steps: buttons, slider, keys, swipe, play.

const PHASES = ["forward", "loss", "backward", "update"];
const SPEEDS = [0.5, 1, 2, 4];

// Drawn, since fonts differ in which of these signs they have. All in a box of 16 by 16.
const ICONS = {
  first: "M3 2h2v12H3zM14 2v12L6 8z",
  previous: "M12 2v12L4 8z",
  next: "M4 2v12l8-6z",
  last: "M11 2h2v12h-2zM2 2v12l8-6z",
  pause: "M4 2h3v12H4zM9 2h3v12H9z",
};
const drawIcon = (path) => shape("svg", { viewBox: "0 0 16 16", width: 14, height: 14, "aria-hidden": "true" }, shape("path", { d: path }));

class Player {
  constructor({ T, words, phases, onshow }) {
    Object.assign(this, { T, words, onshow, phase: "forward", t: 0, speed: 1, timer: undefined });
    const button = (name, icon, action) => element("button", { type: "button", class: "icon", "aria-label": words[name], title: words[name], onclick: action }, drawIcon(icon));
    this.playButton = element("button", { type: "button", class: "play", onclick: () => this.toggle() });
    this.slider = element("input", { type: "range", min: 0, max: T, step: 1, "aria-label": words.step, oninput: () => this.go(Number(this.slider.value)) });
    this.speedChoice = element("select", { "aria-label": words.speed, onchange: () => (this.speed = Number(this.speedChoice.value)) });
    for (const speed of SPEEDS) this.speedChoice.append(element("option", { value: speed, selected: speed === 1 }, `${speed}×`));
    this.bar = element(
      "div",
      { class: "playbar" },
      button("first", ICONS.first, () => this.go(0)),
      button("previous", ICONS.previous, () => this.go(this.t - 1)),
      this.playButton,
      button("next", ICONS.next, () => this.go(this.t + 1)),
      button("last", ICONS.last, () => this.go(T)),
      this.slider,
      this.speedChoice,
    );
    this.phaseButtons = phases.map((phase) =>
      element("button", { type: "button", class: `phase ${phase}`, onclick: () => this.enter(phase) }, words.phase[phase]),
    );
    this.phases = element("div", { class: "phases", role: "group", "aria-label": words.phases }, ...this.phaseButtons);
    this.writePlay();
  }

  get playing() {
    return this.timer !== undefined;
  }

  // A phase chosen by hand begins where it begins: backwards at the last step. An update moves no time.
  enter(phase, t = { forward: 0, loss: 1, backward: this.T }[phase] ?? this.t) {
    this.phase = phase;
    this.go(t, this.playing);
  }

  go(t, keepPlaying = false) {
    if (!keepPlaying) this.pause();
    this.t = Math.max(0, Math.min(this.T, t));
    this.slider.value = this.t;
    this.slider.setAttribute("aria-valuetext", `t = ${this.t}`);
    for (const button of this.phaseButtons) button.setAttribute("aria-pressed", button.classList.contains(this.phase));
    this.onshow(this.phase, this.t);
  }

  // One step onwards in the story: forwards to T, the losses, then backwards to 0. False at its end.
  advance() {
    const { phase, t, T } = this;
    if (phase === "backward") {
      if (t === 0) return false;
      this.go(t - 1, true);
    } else if (t < T) this.go(t + 1, true);
    else if (phase === "update") return false;
    else this.enter(phase === "forward" ? "loss" : "backward");
    return true;
  }

  toggle() {
    if (this.playing) return this.pause();
    if (this.phase === "backward" && this.t === 0) this.enter("forward");
    this.play();
  }

  play() {
    const tick = () => {
      this.timer = setTimeout(tick, (this.phase === "forward" ? 900 : 1600) / this.speed); // losses take longer to read
      if (!this.advance()) this.pause();
    };
    this.timer = setTimeout(tick, 300 / this.speed);
    this.writePlay();
  }

  pause() {
    if (!this.playing) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.writePlay();
  }

  writePlay() {
    this.playButton.replaceChildren(
      drawIcon(this.playing ? ICONS.pause : ICONS.next),
      element("span", {}, this.playing ? this.words.pause : this.words.play),
    );
  }

  // Arrow keys follow the picture (right is later), whatever the phase. Outside the picture only they are taken.
  key(event, inside) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const target = event.composedPath()[0];
    if (target.tagName === "SELECT" || (target.tagName === "INPUT" && target.type !== "range")) return;
    const moves = { ArrowLeft: () => this.go(this.t - 1), ArrowRight: () => this.go(this.t + 1) };
    if (inside) {
      Object.assign(moves, { Home: () => this.go(0), End: () => this.go(this.T) });
      if (target.tagName !== "BUTTON") moves[" "] = () => this.toggle();
    }
    if (!moves[event.key]) return;
    event.preventDefault();
    moves[event.key]();
  }
}
