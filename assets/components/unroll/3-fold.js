// The network rolled up: the open column of the step that is looked at, its states coming back to it over loops.
//
// How far it is folded is a number from 0 to 1. Moving is painting it anew at each frame, and may turn round at any
// moment; at rest either the columns are there or the one cell, and nothing between them.

const FOLDING = 400; // milliseconds
const CAPTION = { gap: 36, width: 250 };

// How much of the way from one moment to another has passed.
const passed = (now, from, to) => Math.max(0, Math.min(1, (now - from) / (to - from)));
const eased = (part) => part * part * (3 - 2 * part);

class Fold {
  constructor(model, words, columns, { scroller, onpick }) {
    Object.assign(this, { model, words, columns, scroller, folded: false, closed: 0 });
    this.button = element("button", { type: "button", class: "fold", onclick: () => this.turn() });
    this.between = shape("svg", { class: "between", height: columns.height, "aria-hidden": "true" });
    this.one = shape("svg", { class: "one", role: "img", height: columns.height });
    this.one.addEventListener("click", ({ target }) => target.tip?.kind === "state" && onpick(this.t, target.tip));
    this.caption = pointable(element("p", { class: "shared" }, ...sentence(words.shared)));
    this.root = element("div", { class: "folded", hidden: true }, this.between, this.one, this.caption);
    scroller.append(this.root);
  }

  // Be as the fold that this one takes the place of.
  resume({ folded }) {
    this.folded = folded;
  }

  end() {
    cancelAnimationFrame(this.moving);
  }

  // The labels come along to stand beside the loop; the caption stands on its other side, or below.
  resize(room, labelWidth) {
    const whole = room + labelWidth;
    this.aside = Math.min(ASIDE, (room - BOX - 20) / 2);
    const drawing = labelWidth + 12 + 2 * this.aside + BOX;
    const beside = CAPTION.gap + CAPTION.width;
    const isWide = drawing + beside <= whole;
    this.shift = Math.max(0, (whole - drawing - (isWide ? beside : 0)) / 2);
    this.left = this.shift + 12 + this.aside; // of the one cell
    this.root.style.width = `${room}px`;
    this.root.classList.toggle("wide", isWide);
    for (const svg of [this.between, this.one]) svg.setAttribute("width", room);
    const place = [this.left + BOX + this.aside + CAPTION.gap, (Y.cell + this.columns.bottom) / 2];
    this.caption.style = isWide ? `left:${place[0]}px;top:${place[1]}px;width:${CAPTION.width}px` : "";
    this.settle();
  }

  turn() {
    this.folded = !this.folded;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) this.settle();
    else this.move();
  }

  move() {
    let last;
    const tick = (now) => {
      const way = this.folded ? 1 : -1;
      this.closed = passed(this.closed + (way * (now - (last ?? now))) / FOLDING, 0, 1);
      last = now;
      if (this.closed === (this.folded ? 1 : 0)) return this.settle();
      this.paint();
      this.moving = requestAnimationFrame(tick);
    };
    cancelAnimationFrame(this.moving);
    this.moving = requestAnimationFrame(tick);
    this.draw();
    this.paint();
  }

  settle() {
    cancelAnimationFrame(this.moving);
    this.moving = undefined;
    this.closed = this.folded ? 1 : 0;
    if (this.phase) this.draw();
    this.paint();
  }

  show(phase, t) {
    Object.assign(this, { phase, t });
    this.draw();
    if (this.moving) this.paint();
  }

  // What is needed now, and nothing more: unfolded and at rest it is nothing.
  draw() {
    this.slide = this.moving ? new Slide(this, this.scroller.scrollLeft) : undefined;
    this.between.replaceChildren(...(this.slide?.nodes ?? []));
    const wanted = this.moving || this.folded ? `${this.phase} ${this.t} ${this.left}` : "";
    if (this.drawn === wanted) return;
    this.drawn = wanted;
    this.one.replaceChildren(...(wanted ? [this.drawOne()] : []));
  }

  drawOne() {
    const { model, words, columns, phase, t, left } = this;
    const column = columns.draw({ t, open: true, alone: true, backwards: phase === "backward", width: BOX, gap: 0, box: BOX, middle: BOX / 2, biggestFlow: columns.biggestFlow });
    column.setAttribute("transform", `translate(${left},0)`);
    const step = words.stepOf.replace("{t}", t).replace("{T}", model.steps);
    column.querySelector(".time").textContent = step;
    this.one.setAttribute("aria-label", `${words.phase[phase]}, ${step}`);
    const rows = [undefined, ...(t > 0 ? columns.storeys.rows : [])]; // undefined: the one in full
    const loops = rows.flatMap((row) => model.states.map((name) => new Loop(columns, name, { ...this, row }).draw(this)));
    return shape("g", { class: "current" }, column, ...loops);
  }

  // What is drawn of a quantity at step t.
  find(name, t) {
    return t === this.t ? drawnOf(this.one, name) : [];
  }

  paint() {
    const { closed, words } = this;
    const { svg, labels } = this.columns;
    const word = this.folded ? words.unfold : words.fold;
    if (this.button.textContent !== word) {
      this.button.textContent = word;
      svg.setAttribute("aria-hidden", this.folded);
    }
    this.root.hidden = closed === 0;
    this.scroller.classList.toggle("rolled", closed > 0);
    const slid = eased(passed(closed, 0.15, 0.85));
    // Faded out, never hidden: that would style its thousands of squares anew, in the midst of moving.
    svg.style.opacity = closed ? 1 - passed(closed, 0, 0.3) : "";
    labels.style.transform = closed ? `translate(${this.shift * slid}px,0)` : "";
    this.between.style.opacity = passed(closed, 0, 0.2) - passed(closed, 0.88, 1);
    this.one.style.opacity = this.caption.style.opacity = passed(closed, 0.75, 0.9);
    this.slide?.paint(slid);
  }
}
