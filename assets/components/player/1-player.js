// Walking through time steps: buttons, slider, keys, play.

const SPEEDS = [0.5, 1, 2, 4];

// See drawIcon.
const ICONS = {
  first: "M3 2h2v12H3zM14 2v12L6 8z",
  previous: "M12 2v12L4 8z",
  next: "M4 2v12l8-6z",
  last: "M11 2h2v12h-2zM2 2v12l8-6z",
  pause: "M4 2h3v12H4zM9 2h3v12H9z",
};

class Player {
  // From the step `first` to T; rest: ms at each while it plays; mirrored: drawn from right to left. onshow(t).
  constructor({ T, first = 0, rest = 900, words, mirrored = false, onshow }) {
    Object.assign(this, { T, first, rest, words, mirrored, onshow, t: first, speed: 1, timer: undefined });
    const button = (name, action) => {
      const title = words[(mirrored && { previous: "next", next: "previous" }[name]) || name]; // one step left, or right
      return element("button", { type: "button", class: "icon", "aria-label": title, title, onclick: action }, drawIcon(ICONS[name]));
    };
    this.playButton = element("button", { type: "button", class: "play", onclick: () => this.toggle() });
    this.slider = element("input", { type: "range", min: first, max: T, step: 1, "aria-label": words.step, oninput: () => this.go(Number(this.slider.value)) });
    this.speedChoice = element("select", { "aria-label": words.speed, onchange: () => (this.speed = Number(this.speedChoice.value)) });
    for (const speed of SPEEDS) this.speedChoice.append(element("option", { value: speed, selected: speed === 1 }, `${speed}×`));
    this.bar = element(
      "div",
      { class: `playbar${mirrored ? " mirrored" : ""}` },
      button("first", () => this.go(this.first)),
      button("previous", () => this.go(this.t - 1)),
      this.playButton,
      button("next", () => this.go(this.t + 1)),
      button("last", () => this.go(this.T)),
      this.slider,
      this.speedChoice,
    );
    this.writePlay();
  }

  get playing() {
    return this.timer !== undefined;
  }

  go(t, keepPlaying = false) {
    if (!keepPlaying) this.pause();
    this.t = Math.max(this.first, Math.min(this.T, t));
    this.slider.value = this.t;
    this.slider.setAttribute("aria-valuetext", `t = ${this.t}`);
    this.onshow(this.t);
  }

  // One step onwards; false at the end, after which it begins anew.
  advance() {
    if (this.t === this.T) return false;
    this.go(this.t + 1, true);
    return true;
  }

  get isOver() {
    return this.t === this.T;
  }

  rewind() {
    this.go(this.first);
  }

  toggle() {
    if (this.playing) return this.pause();
    if (this.isOver) this.rewind();
    this.play();
  }

  play() {
    const tick = () => {
      this.timer = setTimeout(tick, this.rest / this.speed);
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

  // One step to the left (−1) or to the right (+1), as it is drawn.
  move(way) {
    this.go(this.t + (this.mirrored ? -way : way));
  }

  // Arrow keys follow the picture. Outside the picture only they are taken.
  key(event, inside) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const target = event.composedPath()[0];
    if (target.tagName === "SELECT" || (target.tagName === "INPUT" && target.type !== "range")) return;
    const moves = { ArrowLeft: () => this.move(-1), ArrowRight: () => this.move(1) };
    if (inside) {
      Object.assign(moves, { Home: () => this.go(this.first), End: () => this.go(this.T) });
      if (target.tagName !== "BUTTON") moves[" "] = () => this.toggle();
    }
    if (!moves[event.key]) return;
    event.preventDefault();
    moves[event.key]();
  }

  // Elsewhere on the page the arrow keys step too, while the picture is in view.
  keyOutside(event, root) {
    if (!usesArrows(event.target) && isInView(root)) this.key(event, false);
  }
}

// Does what has the focus need the arrow keys itself?
function usesArrows(target) {
  const own = "input, textarea, select, [contenteditable], [role=radiogroup], [role=listbox], [role=combobox], [role=menu], [role=slider]";
  return target.shadowRoot || target.closest(own);
}

function isInView(node) {
  const { top, bottom } = node.getBoundingClientRect();
  return top < innerHeight * 0.8 && bottom > innerHeight * 0.2;
}
