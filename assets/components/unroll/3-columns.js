// The unrolled network: one column a time step, drawn from what the core computed.
//
// A column is drawn open (with numbers) or as a strip, forwards or backwards: four drawings, each made when first
// needed and kept. A step then only moves columns and changes which drawing shows.

// An open column: a gap for the arrow and its number, the box, and a tail where the frame passes.
const BOX = 98;
const GAPS = [42, 80];
const START = 40; // what t = 0 takes
const TAIL = 9;
const Y = { target: 20, loss: 38, guess: 48, guessHeight: 44, names: 105, cell: 142 };
const GATE = 14; // from one gate to the next

// The longest of all gradients that flow: every arrow's width, and the legend's, is measured against it.
const biggestFlow = ({ table, states }, storeys) => Math.max(storeys.longest, ...table.up.all, ...states.flatMap((name) => [...table[`flow.${name}`].all]));

// What left the floats has no length; its number says so.
const known = (v) => (Number.isFinite(v) ? v : 0);

// Widths are logarithmic: 8 at the largest, 2 less for every tenfold, hair-thin below a ten-thousandth.
const flowWidth = (part) => (part > 0 ? Math.max(0.8, 8 + 2 * Math.log10(part)) : 0);

// An edge begins where the box before ends: short of this column by that one's tail, or what follows t = 0.
const edgeStart = (t, afterOpen) => 2 - (t === 1 ? 12 : afterOpen ? TAIL : 0);

class Columns {
  constructor(model, words, { onpick, compact }) {
    Object.assign(this, { model, words, compact, made: new Map() });
    const { H, states, gates } = model;
    this.unitHeight = Math.max(2.5, Math.min(20, (states.length > 1 ? 230 : 170) / (H * states.length)));
    this.storeys = new Storeys(model);
    this.bottom = this.storeys.place(Y.cell, (top) => this.placeCell(top));
    this.inputY = this.bottom + 34;
    this.height = this.inputY + 66;
    this.frame = shape("rect", { class: "frame", y: 1, height: this.height - 2, rx: 10 });
    this.columns = [];
    this.svg = shape("svg", { class: "columns", role: "img", height: this.height });
    this.svg.append(this.frame);
    for (let t = 0; t <= model.T; t++) {
      const group = shape("g", { class: "column", "data-t": t });
      this.columns.push(group);
      this.svg.append(group);
    }
    this.svg.addEventListener("click", (event) => {
      const column = event.target.closest?.(".column");
      if (column) onpick(Number(column.dataset.t), event.target.tip);
    });
    this.labels = shape("svg", { class: "labels", height: this.height, "aria-hidden": "true" });
    this.biggestFlow = biggestFlow(model, this.storeys);
    this.biggestError = Math.max(...model.table.errors.all.map(Math.abs)) || 1;
    this.biggestLoss = Math.max(...model.table.losses.all) || 1;
  }

  // From top to bottom inside the cell: c, the gates, h; h is next to what reads it and what comes in.
  placeCell(top) {
    const { H, states, gates } = this.model;
    let y = top + 8;
    this.blockY = {};
    for (const name of [...states].reverse()) {
      this.blockY[name] = y;
      y += H * this.unitHeight + 8;
      if (name === states.at(-1) && gates.length) {
        this.gatesY = y;
        y += gates.length * GATE + 8;
      }
    }
    return ([this.cellTop, this.cellEnd] = [top, y])[1];
  }

  // Another width of the window: everything is drawn anew. As many columns open as there is room for.
  resize(room, labelWidth) {
    const { T } = this.model;
    const margin = 4;
    const width = room - START - margin;
    const narrowest = GAPS[0] + BOX + TAIL;
    this.pitch = T === 1 ? 34 : Math.max(15, Math.min(34, (width - narrowest) / (T - 1)));
    this.open = Math.max(1, Math.min(T, Math.floor((width - T * this.pitch) / (narrowest - this.pitch) + 1e-9)));
    const left = width - (T - this.open) * this.pitch - this.open * narrowest;
    this.gap = Math.max(GAPS[0], Math.min(GAPS[1], Math.floor(GAPS[0] + left / this.open)));
    this.total = START + this.open * (this.gap + BOX + TAIL) + (T - this.open) * this.pitch + margin;
    // Set here and not at every step: an svg told its width lays out all its text again, even if it is the same.
    this.svg.setAttribute("width", this.total);
    this.svg.classList.toggle("many", T > 20);
    this.labelWidth = labelWidth;
    this.labels.setAttribute("width", labelWidth);
    this.labels.dataset.phase = "";
    this.made.clear();
    for (const column of this.columns) column.replaceChildren();
  }

  // Where each column begins while t is looked at: the open ones are t and its neighbours.
  places(t) {
    const { T } = this.model;
    const first = Math.max(1, Math.min(T - this.open + 1, Math.max(t, 1) - Math.floor(this.open / 2)));
    const places = [{ x: 0, width: START, open: false }];
    for (let step = 1; step <= T; step++) {
      const before = places.at(-1);
      const open = step >= first && step < first + this.open;
      const width = open ? this.gap + BOX + TAIL : this.pitch;
      places.push({ x: before.x + before.width, width, open, afterOpen: before.open });
    }
    if (this.storeys.mirrored) for (const place of places) place.x = this.total - place.x - place.width;
    return places;
  }

  // Nothing is written that already stands there: a step costs what it changes.
  show(phase, t) {
    const { storeys } = this;
    const backwards = phase === "backward";
    const places = this.places(t);
    places.forEach((place, step) => {
      const column = this.columns[step];
      if (column.x !== place.x) column.style.transform = `translate(${(column.x = place.x)}px,0)`;
      const drawing = this.drawing(step, place, backwards);
      if (column.firstChild !== drawing) column.replaceChildren(drawing);
      const isPending = !storeys.isBoth && storeys.isPending(storeys, step, phase, t);
      const unsummed = phase === "loss" && step > t;
      const kind = `column${isPending ? " pending" : ""}${unsummed ? " unsummed" : ""}${step === t ? " current" : ""}`;
      if (column.kind !== kind) column.setAttribute("class", (column.kind = kind));
      if (storeys.isBoth) for (const [part, what] of drawing.parts) part.classList.toggle("pending", what.some((each) => storeys.isPending(each, step, phase, t)));
    });
    const { x, width, open } = places[t];
    const inset = open ? this.gap - TAIL : 1;
    this.frame.style.transform = `translate(${x + (storeys.mirrored ? 0 : inset)}px,0)`;
    this.frame.setAttribute("width", width - inset);
    this.svg.setAttribute("data-phase", phase);
    this.showLabels(phase);
    return x + width / 2;
  }

  // Draw what the next step will need while nobody waits for it.
  prepare(phase, t) {
    if (t >= 0 && t <= this.model.T) this.places(t).forEach((place, step) => this.drawing(step, place, phase === "backward"));
  }

  drawing(t, { open, afterOpen, width }, backwards) {
    const key = `${t} ${open} ${afterOpen} ${backwards}`;
    if (!this.made.has(key)) {
      const { gap, box } = this.measure(t, open, width);
      const ends = [edgeStart(t, afterOpen), this.measure(t, open).gap - 1].map((x) => (this.storeys.mirrored ? width - x : x));
      const { biggestFlow } = this;
      this.made.set(key, this.draw({ t, open, backwards, width, gap, box, middle: gap + box / 2, ends, biggestFlow }));
    }
    return this.made.get(key);
  }

  // Where a cell begins, and how wide it is; mirrored in a column of this width.
  measure(t, open, width) {
    const { gap, box } = this.measureFromLeft(t, open);
    return { gap: width && this.storeys.mirrored ? width - gap - box : gap, box };
  }

  measureFromLeft(t, open) {
    if (open) return { gap: this.gap, box: BOX };
    return t === 0 ? { gap: 2, box: 26 } : { gap: this.pitch * 0.3, box: this.pitch * 0.7 };
  }

  draw(place) {
    const { storeys } = this;
    const group = shape("g", {});
    const own = [
      shape("rect", { class: "cell", x: place.gap, y: this.cellTop, width: place.box, height: this.cellEnd - this.cellTop, rx: place.open ? 9 : 3 }),
      ...this.drawStates(place),
    ];
    const whole = [shape("rect", { class: "place", x: 0, y: 0, width: place.width, height: this.height }), ...storeys.drawFrames(place, this.words)];
    const readout = [];
    if (place.t === 0) own.push(label(place.middle, this.inputY + 45, "t = 0", "time"));
    else {
      readout.push(...this.drawReadout(place));
      whole.push(...this.drawInput(place));
      if (!place.alone) own.push(...this.drawEdges(place)); // folded, they are loops
      if (place.open && !this.compact) own.push(...this.drawTags(place));
      if (place.open && place.backwards) own.push(this.drawShare(place));
      if (this.model.gates.length && !place.backwards) own.push(...this.drawGates(place));
    }
    // Each part with those Levels that it waits for.
    group.parts = new Map([
      [shape("g", {}, ...own), [storeys]],
      ...storeys.rows.map((row) => [storeys.draw(row, place), [row]]),
      [shape("g", {}, ...readout), place.backwards ? [] : storeys.last],
    ]);
    group.append(...whole, ...group.parts.keys());
    return group;
  }

  drawStates({ t, open, backwards, gap, box }) {
    const { model, unitHeight } = this;
    const inset = 7;
    return model.states.flatMap((name) => {
      const values = model.table[(backwards ? "d." : "s.") + name].row(t);
      if (!open) return this.drawStrip(name, values, { t, gap, box, backwards });
      return [...values].flatMap((v, unit) =>
        square(
          gap + inset,
          this.blockY[name] + unit * unitHeight,
          box - 2 * inset,
          unitHeight - (unitHeight > 8 ? 1.5 : 0.5),
          v,
          model.scale[backwards ? "d" : "s"],
          unitHeight >= 12,
          { kind: "state", name, t, unit },
        ),
      );
    });
  }

  // The squares of a strip, by the thousand in a long text: copies of one, with only what differs written.
  drawStrip(name, values, { t, gap, box, backwards }) {
    const { unitHeight } = this;
    const scale = this.model.scale[backwards ? "d" : "s"];
    const size = { width: box - 3, height: unitHeight - (unitHeight > 8 ? 1.5 : 0.5) };
    const first = shape("rect", { x: gap + 1.5, ...size, rx: Math.min(2, size.height / 4), "data-tip": "" });
    return [...values].flatMap((v, unit) => {
      const y = this.blockY[name] + unit * unitHeight;
      const box = first.cloneNode();
      box.setAttribute("y", y);
      box.setAttribute("class", `square ${shade(v, scale)}`);
      box.tip = { kind: "state", name, t, unit };
      return isBeyond(v, scale) ? [box, corner(gap + 1.5, y, size)] : [box];
    });
  }

  drawGates({ t, open, gap, box }) {
    const { model } = this;
    return model.gates.flatMap((name, k) => {
      const mean = model.at(`mean.${name}`, t - 1);
      const y = this.gatesY + GATE * k;
      const tip = { kind: "gate", name, t };
      if (!open) {
        const style = `fill-opacity:${Math.min(1, Math.abs(mean)).toFixed(3)}`;
        return [shape("rect", { x: gap + 1.5, y, width: box - 3, height: 10, class: `gate q-${name}`, style, tip })];
      }
      const track = box - 68;
      const left = gap + 19;
      // A candidate is signed: its bar starts in the middle.
      const isSigned = name === "g" || name === "n";
      const from = isSigned ? left + (track / 2) * (1 + Math.min(known(mean), 0)) : left;
      const length = known(isSigned ? (track / 2) * Math.abs(mean) : track * mean);
      return [
        label(gap + 12, y + 9, name, "symbol"),
        shape("rect", { x: left, y: y + 1, width: track, height: 8, rx: 2, class: "track", tip }),
        shape("rect", { x: from, y: y + 1, width: length, height: 8, rx: 2, class: `gate q-${name}`, tip }),
        label(gap + box - 7, y + 9, isSigned ? signed(mean) : magnitude(mean), "number", "end"),
      ];
    });
  }

  // Nothing where the network is not to answer.
  drawReadout(place) {
    const { t, open, backwards, gap, box, middle } = place;
    const { model, words } = this;
    if (!model.answered[t - 1]) return [];
    const asked = model.asked[t - 1];
    const parts = [];
    if (asked) {
      const name = targetText(model, t);
      const loss = model.at("losses", t - 1);
      const tip = { kind: "loss", t };
      if (open) {
        const mark = isValue(model) ? "" : isRight(model, t) ? "  ✓" : "  ✗";
        const kind = `token${!model.several && isEnd(model, model.at("target", t - 1)) ? " end" : ""}`;
        parts.push(shape("text", { x: middle, y: Y.target, class: kind, "text-anchor": "middle", tip }, short(name, 8), mark));
        parts.push(shape("text", { x: middle, y: Y.loss, class: "lossnumber", "text-anchor": "middle", tip }, `${words.loss} ${magnitude(loss)}`));
      } else {
        if (!isValue(model) && [...name].length * 8 <= this.pitch) parts.push(label(middle, Y.target, name, "token small"));
        const size = Math.max(1, (14 * known(loss)) / this.biggestLoss);
        parts.push(shape("rect", { x: gap, y: Y.loss + 3 - size, width: box, height: size, class: "lossbar", tip }));
      }
    }
    parts.push(...(isValue(model) && !backwards ? this.drawValues(place, asked) : this.drawBars(place)));
    const up = this.storeys.arriving(this.storeys.layers - 1, t);
    const top = Y.names + 6;
    const tip = { kind: "up", t };
    if (backwards) {
      const width = asked ? flowWidth(up / this.biggestFlow) : 0;
      parts.push(shape("line", { class: "down", x1: middle, x2: middle, y1: top, y2: Y.cell - 5, "stroke-width": Math.min(width, box), tip }));
      parts.push(shape("path", { class: "down", d: `M${middle} ${Y.cell}l-5 -7h10z` }));
    } else {
      parts.push(shape("line", { class: "up", x1: middle, x2: middle, y1: top + 6, y2: Y.cell, tip }));
      parts.push(shape("path", { class: "up", d: `M${middle} ${top}l-3.5 7h7z` }));
    }
    return parts;
  }

  drawBars({ t, open, backwards, gap, box, middle }) {
    const { model } = this;
    const values = model.table[backwards ? "errors" : "bars"].row(t - 1);
    const half = Y.guessHeight / 2;
    const base = backwards ? Y.guess + half : Y.guess + Y.guessHeight;
    const parts = [shape("line", { class: "axis", x1: gap, x2: gap + box, y1: base, y2: base })];
    if (open && !backwards) parts.push(shape("line", { class: "axis top", x1: gap, x2: gap + box, y1: Y.guess, y2: Y.guess }));
    values.forEach((v, k) => {
      const isAsked = isTarget(model, t, k);
      const isAlone = !open && !model.several; // in a strip there is room for the one class asked for
      if (isAlone && !isAsked) return;
      const room = isAlone ? box : box / values.length;
      const x = isAlone ? gap : gap + k * room;
      const size = known(backwards ? (half * Math.abs(v)) / this.biggestError : Y.guessHeight * v);
      const width = Math.max(0.8, Math.min(room - (open ? 3 : 1), 22));
      const tip = { kind: "guess", t, k };
      const kind = `bar${isAsked ? " target" : ""}${backwards ? " error" : ""}`;
      parts.push(shape("rect", { x: x + (room - width) / 2, y: backwards && v < 0 ? base : base - size, width, height: size, rx: 1, class: kind, tip }));
      parts.push(shape("rect", { x, y: Y.guess, width: room, height: Y.guessHeight, class: "hit", tip }));
      if (open) parts.push(isValue(model) ? this.valueName(x + room / 2, v) : this.className(x + room / 2, outputName(model, t, k), isAsked, model.at("shown", t - 1, k)));
    });
    return parts;
  }

  className(x, name, isAsked, k) {
    return label(x, Y.names, short(name, 3), `symbolname${isAsked ? " target" : ""}${isEnd(this.model, k) ? " end" : ""}`);
  }

  valueName(x, v) {
    return this.model.several ? label(x, Y.names, twoDecimals(v), "number slight") : label(x, Y.names, signed(v), "number");
  }

  // Guessed numbers: dots, each beside the line that is its target, on one scale for all steps.
  drawValues({ t, open, gap, box }, asked) {
    const { model } = this;
    const half = Y.guessHeight / 2;
    const zero = Y.guess + half;
    const place = (v) => zero - half * Math.max(-1.1, Math.min(1.1, known(v / model.scale.y)));
    const guesses = model.table.bars.row(t - 1);
    const room = box / guesses.length;
    const parts = [shape("line", { class: "axis", x1: gap, x2: gap + box, y1: zero, y2: zero })];
    guesses.forEach((guess, k) => {
      const middle = gap + (k + 0.5) * room;
      const tip = { kind: "guess", t, k };
      if (asked) {
        const target = place(model.at("target", t - 1, k));
        parts.push(shape("line", { class: "goal", x1: middle - room / 4, x2: middle + room / 4, y1: target, y2: target }));
      }
      const radius = Math.min(open ? 4.5 : 2.5, Math.max(1, room / 4));
      parts.push(shape("circle", { class: "dot", cx: middle, cy: place(guess), r: radius, tip }));
      parts.push(shape("rect", { x: middle - room / 2, y: Y.guess, width: room, height: Y.guessHeight, class: "hit", tip }));
      if (open) parts.push(this.valueName(middle, guess));
    });
    return parts;
  }

  drawInput({ t, open, backwards, gap, box, middle }) {
    const { model, inputY } = this;
    const token = model.tokens[t - 1];
    const width = this.inputWidth(t, open, box);
    const tip = { kind: "input", t };
    const parts = [
      shape("line", { class: "feed", x1: middle, x2: middle, y1: this.bottom + 5, y2: inputY }),
      shape("path", { class: "feed", d: `M${middle} ${this.bottom + 1}l-3.5 6h7z` }),
      shape("rect", { class: "input", x: middle - width / 2, y: inputY, width, height: 28, rx: open ? 6 : 3, tip }),
    ];
    const room = Math.floor((width - 2) / 8);
    const numbers = model.table.x?.row(t - 1) ?? [];
    if ([...token].length <= (open ? 8 : room) || (open && numbers.length < 2)) {
      parts.push(label(middle, inputY + 19, short(token, 8), open ? "token" : "token small"));
    } else if (numbers.length > 1) {
      parts.push(...this.drawNumbers(numbers, middle - width / 2, width));
    } else if (numbers.length) {
      // No room to write a number: its height says it.
      parts.push(shape("circle", { class: "dot", cx: middle, cy: inputY + 14 - (10 * numbers[0]) / model.scale.x, r: 2 }));
    }
    if (open || t % 5 === 0 || this.pitch > 30) parts.push(label(middle, inputY + 45, open ? `t = ${t}` : t, "time"));
    if (open && !backwards) parts.push(label(middle, inputY + 60, `${this.words.total} ${magnitude(model.at("total", t - 1))}`, "total"));
    return parts;
  }

  // What this step adds to the gradient of W_hh, in the place of the gates; below, where there are none.
  drawShare({ t, middle }) {
    const { model } = this;
    const y = model.gates.length ? this.gatesY + (GATE / 2) * model.gates.length + 2 : this.inputY + 60;
    return label(middle, y, `${this.words.share} ${percent(model.at("share", t - 1))}`, "share");
  }

  // Several that are read at once, as squares side by side.
  drawNumbers(numbers, left, width) {
    const size = (width - 4) / numbers.length;
    return [...numbers].map((v, k) =>
      shape("rect", { x: left + 2 + k * size, y: this.inputY + 4, width: Math.max(size - 0.5, 0.5), height: 20, class: `square read ${shade(v, this.model.scale.x)}` }),
    );
  }

  inputWidth(t, open, box) {
    return open ? Math.min(box, Math.max(34, 12 + 9 * [...short(this.model.tokens[t - 1], 8)].length)) : box;
  }

  // The weights beside their edges. No W_hh on the memory's own: c comes through its gate alone.
  drawTags({ t, ends, alone, middle }) {
    const { words } = this;
    const tags = [weightTag("ih", middle + 9, this.storeys.feedY, words)];
    if (readsOut(this.model, t)) tags.push(weightTag("hy", middle + 9, Y.names + 17, words));
    if (alone) return tags;
    return [...tags, weightTag("hh", (ends[0] + ends[1]) / 2, this.stateY("h") + 18, words, "middle")];
  }

  stateY(name) {
    return this.blockY[name] + (this.model.H * this.unitHeight) / 2;
  }

  drawEdges({ t, open, backwards, ends }) {
    const { model } = this;
    const [from, to] = ends;
    return model.states.flatMap((name) => {
      const y = this.stateY(name);
      const tip = { kind: "edge", name, t };
      const hit = shape("rect", { x: Math.min(from, to), y: y - 10, width: Math.abs(to - from), height: 20, class: "hit", tip });
      if (!backwards) return [arrow(from, to, y, open ? 1.8 : 1, `q-${name}`, tip), hit];
      const flow = model.at(`flow.${name}`, t - 1);
      const width = flowWidth(flow / this.biggestFlow);
      const parts = [arrow(to, from, y, Math.max(width, 0.8), `q-${name}${width ? "" : " nothing"}`, tip), hit];
      if (open) parts.push(label((from + to) / 2, y - 9, magnitude(flow), "flownumber"));
      return parts;
    });
  }

  // What is drawn of a quantity at step t.
  find(name, t) {
    return this.columns[t] ? drawnOf(this.columns[t], name) : [];
  }

  showLabels(phase) {
    const { words, model, labels, unitHeight } = this;
    if (labels.dataset.phase === phase) return;
    labels.dataset.phase = phase;
    const backwards = phase === "backward";
    const lines = [
      label(0, Y.target, words.target, "rowname", "start"),
      label(0, Y.loss, words.loss, "rowname", "start"),
      label(0, Y.guess + 26, backwards ? words.error : words.guess, "rowname", "start"),
      label(0, this.inputY + 19, words.input, "rowname", "start"),
    ];
    const top = backwards ? this.biggestError : isValue(model) ? model.scale.y : 1;
    const bottom = backwards || isValue(model) ? -top : 0;
    for (const [y, v] of [[Y.guess + 4, top], [Y.guess + Y.guessHeight + 4, bottom]]) {
      lines.push(label(this.labelWidth - 4, y, `${v < 0 ? MINUS : ""}${Number(Math.abs(v).toPrecision(2))}`, "axisnumber", "end"));
    }
    const { storeys } = this;
    for (const row of storeys.rows) lines.push(label(0, (row.top + row.end) / 2 + 4, storeys.name(row, words), "rowname", "start"));
    if (storeys.rows.length) lines.push(label(0, this.cellTop + 12, storeys.name(storeys, words), "rowname own", "start"));
    for (const name of model.states) {
      const middle = this.stateY(name);
      const indent = this.labelWidth < 110 ? 0 : 17; // no room for the swatch on a phone
      if (indent) lines.push(shape("rect", { x: 0, y: middle - 6, width: 11, height: 11, rx: 3, class: `swatch q-${name}` }));
      lines.push(label(indent, middle + 5, backwards ? `∂L/∂${name}` : name, "statename", "start"));
      if (unitHeight >= 9 && !this.compact) {
        for (let unit = 0; unit < model.H; unit++) {
          const y = this.blockY[name] + (unit + 0.5) * unitHeight + 3;
          lines.push(label(this.labelWidth - 4, y, short(this.model.units?.[unit] ?? String(unit + 1), this.labelWidth < 110 ? 8 : 11), "unitname", "end"));
        }
      }
    }
    if (model.gates.length && !backwards) lines.push(label(0, this.gatesY + (GATE / 2) * model.gates.length + 3, words.gates, "rowname", "start"));
    labels.replaceChildren(...lines);
  }
}

// What within a drawing shows this quantity.
function drawnOf(drawing, name) {
  const kind = { x: "input", y: "guess", L: "loss" }[name];
  const isIt = ({ tip }) => (kind ? tip?.kind === kind : ["state", "gate"].includes(tip?.kind) && tip.name === name);
  return [...drawing.querySelectorAll("[data-tip]")].filter(isIt);
}
