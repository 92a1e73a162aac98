// Walking through the phases, too.

const PHASES = ["forward", "loss", "backward", "update"];

class PhasePlayer extends Player {
  constructor({ phases, ...more }) {
    super(more);
    this.phase = "forward";
    this.phaseButtons = phases.map((phase) =>
      element("button", { type: "button", class: `phase ${phase}`, onclick: () => this.enter(phase) }, this.words.phase[phase]),
    );
    this.phases = element("div", { class: "phases", role: "group", "aria-label": this.words.phases }, ...this.phaseButtons);
  }

  // A phase chosen by hand begins where it begins: backwards at the last step. An update moves no time.
  enter(phase, t = { forward: 0, loss: 1, backward: this.T }[phase] ?? this.t) {
    this.phase = phase;
    this.rest = phase === "forward" ? 900 : 1600; // losses take longer to read
    for (const button of this.phaseButtons) button.setAttribute("aria-pressed", button.classList.contains(phase));
    this.go(t, this.playing);
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

  get isOver() {
    return this.phase === "backward" && this.t === 0;
  }

  rewind() {
    this.enter("forward");
  }
}
