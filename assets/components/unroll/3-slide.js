// What is seen while the columns become one cell, or the one cell columns: a plain cell for each step, with its edges.
// Each part is a function that puts it where it belongs; few and simple ones, for they are moved at every frame.

const mix = (from, to, part) => from + (to - from) * part;

class Slide {
  constructor({ model, words, columns, phase, t, left, aside }, offset) {
    Object.assign(this, { model, words, columns, phase, t, left, aside, parts: [] });
    const places = columns.places(t).map((place, step) => {
      const { gap, box } = columns.measure(step, place.open);
      return { ...place, box, x: place.x + gap - offset };
    });
    const cells = places.map((place, step) => this.drawCell(step, place));
    const [current] = cells.splice(t, 1); // on top: the others slide beneath it
    const loops = model.states.map((name) => new Loop(columns, name, { left, aside }));
    const edges = places.slice(1).flatMap((place, step) => loops.map((loop) => this.drawEdge(loop, places[step], place)));
    this.nodes = [...cells, current, ...edges];
  }

  // 0 leaves everything in its column, 1 has all of it in the one place.
  paint(slid) {
    for (const part of this.parts) part(slid);
  }

  drawCell(step, { x, box, open }) {
    const { model, words, columns, left } = this;
    const { bottom, inputY } = columns;
    const cell = shape("rect", { class: "cell", y: Y.cell, height: bottom - Y.cell, rx: open ? 9 : 3 });
    const group = shape("g", {}, cell);
    const boxes = [[cell, box, step === this.t ? BOX : box]];
    if (step > 0) {
      const input = shape("rect", { class: "input", y: inputY, height: 28, rx: open ? 6 : 3 });
      const width = columns.inputWidth(step, open, box);
      boxes.push([input, width, step === this.t || !this.t ? width : Math.min(width, columns.inputWidth(this.t, true, BOX))]);
      group.append(shape("line", { class: "feed", y1: bottom, y2: inputY }), input);
      if (model.answered[step - 1]) {
        group.append(
          shape("line", { class: "up", y1: Y.names + 8, y2: Y.cell }),
          shape("circle", { class: "dot", cy: Y.names - 2, r: open ? 5 : 3 }),
        );
      }
      const token = model.tokens[step - 1];
      if (open || [...token].length * 8 <= width - 2) group.append(label(0, inputY + 19, short(token, 8), open ? "token" : "token small"));
      if (open) group.append(weightTag("ih", 9, columns.storeys.feedY, words));
      if (open && readsOut(model, step)) group.append(weightTag("hy", 9, Y.names + 17, words));
    }
    this.parts.push((slid) => {
      group.setAttribute("transform", `translate(${mix(x + box / 2, left + BOX / 2, slid)},0)`);
      for (const [rect, from, to] of boxes) {
        const width = mix(from, to, slid);
        rect.setAttribute("width", width);
        rect.setAttribute("x", -width / 2);
      }
    });
    return group;
  }

  drawEdge(loop, before, { x, open }) {
    const isBack = this.phase === "backward";
    const line = shape("path", { class: "run", "stroke-width": open ? 1.8 : 1 });
    const group = shape("g", { class: `arrow q-${loop.name}` }, line);
    const tag = loop.name === "h" && open ? weightTag("hh", 0, 0, this.words, "middle") : undefined;
    if (tag) group.append(tag);
    const start = before.x + before.box;
    const small = Math.min(5, (x - start) / 2);
    this.parts.push((slid) => {
      const [from, to] = [mix(start, loop.right, slid), mix(x, loop.left, slid)];
      const size = mix(small, 5, slid) * (isBack ? 1 : -1);
      const head = `M${(isBack ? from : to) + size} ${loop.y - size}l${-size} ${size}l${size} ${size}`;
      line.setAttribute("d", loop.path(from, to, slid) + head);
      tag?.setAttribute("transform", `translate(${mix((start + x) / 2, loop.tag[0], slid)},${mix(loop.y + 18, loop.tag[1], slid)})`);
    });
    return group;
  }
}
