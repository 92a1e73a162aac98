// A weight matrix as coloured squares, a block of rows for each of the cell's gates. A small one carries its numbers; a
// larger one is painted on a canvas, since thousands of elements would make a step wait. Names and frames are drawn over.

const HEAT = { name: 6.2, head: 15, apart: 6, below: 8 };

class Heat {
  // withBias: the bias as one more column. named: for so many letters of a row's name there is to be room; 0: no names.
  // most: the room there is; widest: the largest square without a number. across: so many blocks side by side.
  // lines(entry): what is told of the entry { row, column } under the pointer.
  constructor(matrix, { caption, scale, withNumbers, withBias = false, named = 0, across = 1, most, widest = 16, lines }) {
    Object.assign(this, { matrix, caption, scale, withNumbers, across, lines });
    const { rows, columns, blocks } = matrix;
    this.columns = columns + (withBias ? 1 : 0);
    this.named = Math.min(named, 9);
    const names = named ? 6 + HEAT.name * this.named : 0;
    const letters = blocks.length > 1 ? 24 : 2; // of one block the letter would say nothing
    const room = (most / across - letters - names - (withBias ? HEAT.apart : 0) - 2) / this.columns;
    const [least, largest] = withNumbers ? [42, 48] : [this.columns > 100 ? 1 : 3, widest];
    this.width = Math.floor(Math.max(least, Math.min(largest, room)));
    this.height = withNumbers ? 20 : this.width;
    this.rowNames = named && this.height >= 9 ? matrix.rowNames : undefined;
    this.columnNames = named && this.width > 7 ? matrix.columnNames : undefined;
    this.left = letters + (this.rowNames ? names : 0);
    this.top = this.columnNames ? HEAT.head : 2;
    this.blockSize = [this.left + this.columns * this.width + (withBias ? HEAT.apart : 0) + 2, rows * this.height + HEAT.below];
    this.size = [across * this.blockSize[0], this.top + Math.ceil(blocks.length / across) * this.blockSize[1]].map(Math.ceil);
    this.root = element("figure", {}, caption, this.draw(), ramp(scale));
  }

  draw() {
    const [width, height] = this.size;
    this.frames = {};
    this.svg = shape("svg", { class: "heat", width, height, "aria-hidden": "true" }, ...this.drawNames());
    if (this.withNumbers) this.cells = this.drawCells();
    else this.canvas = element("canvas", { class: "heat", width: 2 * width, height: 2 * height, style: `width:${width}px` });
    this.map = element("div", { class: "heatmap", role: "img", "aria-label": this.caption.textContent }, ...(this.canvas ? [this.canvas] : []), this.svg);
    this.map.onpointermove = ({ offsetX, offsetY }) => this.point(this.at(offsetX, offsetY));
    return element("div", { class: "heatscroll" }, this.map);
  }

  // The corner of an entry, and of what lies between two.
  place({ row, column }) {
    const block = Math.floor(row / this.matrix.rows);
    const x = (block % this.across) * this.blockSize[0] + this.left + column * this.width;
    const y = this.top + Math.floor(block / this.across) * this.blockSize[1] + (row % this.matrix.rows) * this.height;
    return [column === this.matrix.columns ? x + HEAT.apart : x, y];
  }

  // The entry at a point of the picture, if there is one.
  at(x, y) {
    const [across, down] = [Math.floor(x / this.blockSize[0]), Math.floor((y - this.top) / this.blockSize[1])];
    const first = (down * this.across + across) * this.matrix.rows;
    const [left, top] = this.place({ row: first, column: 0 });
    const row = first + Math.floor((y - top) / this.height);
    let column = Math.floor((x - left) / this.width);
    if (column >= this.matrix.columns) column = this.matrix.columns + Math.floor((x - HEAT.apart - left) / this.width - this.matrix.columns);
    const isInside = row >= first && row < Math.min(first + this.matrix.rows, this.matrix.height) && column >= 0 && column < this.columns;
    return isInside ? { row, column } : undefined;
  }

  point(entry) {
    const { over } = this;
    if (over?.row === entry?.row && over?.column === entry?.column) return;
    this.over = entry;
    this.map.tip = entry && { kind: "weight", text: () => this.lines(entry) };
  }

  // The letter of each block before it; the names of rows and columns where there is room.
  drawNames() {
    const { matrix, width, height, rowNames, columnNames } = this;
    const names = matrix.blocks.flatMap((block, k, { length }) => {
      const [x, y] = this.place({ row: k * matrix.rows, column: 0 });
      const letter = length > 1 ? [label(x - this.left + 12, y + (matrix.rows * height) / 2 + 4, block, "symbol")] : [];
      const rows = rowNames?.map((name, row) => label(x - 5, y + (row + 0.5) * height + 3.5, short(name, this.named), "unitname", "end")) ?? [];
      return [...letter, ...rows];
    });
    const all = columnNames ? [...columnNames, ...(this.columns > matrix.columns ? ["b"] : [])] : [];
    const heads = all.map((name, column) => {
      const [x, y] = this.place({ row: 0, column });
      return label(x + width / 2, y - 4, this.heading(name, column), "unitname");
    });
    return [...names, ...heads];
  }

  // A name as far as there is room: a number that has none is written for every fifth, a word that has none hinted at.
  heading(name, k) {
    const room = this.width / HEAT.name;
    const isNumber = /^\d+$/.test(name);
    if ([...name].length <= room + (isNumber ? 0 : 0.5)) return name;
    if (isNumber) return (k + 1) % 5 ? "" : name;
    return room > 3 ? short(name, Math.floor(room)) : "…";
  }

  drawCells() {
    const entries = Array.from({ length: this.matrix.height * this.columns }, (_, k) => ({
      row: Math.floor(k / this.columns),
      column: k % this.columns,
    }));
    return entries.map((entry) => {
      const [x, y] = this.place(entry);
      const box = shape("rect", { x, y, width: this.width - 1, height: this.height - 1, rx: 1, class: "square" });
      const beyond = corner(x, y, { width: this.width - 1, height: this.height - 1 });
      const text = label(x + this.width / 2, y + 13.5, "", "number");
      this.svg.append(box, beyond, text);
      return { entry, box, beyond, text };
    });
  }

  // Show these numbers: one for each place of the matrix, row by row, and of its bias.
  paint(values, biases) {
    const { columns } = this.matrix;
    this.value = ({ row, column }) => (column === columns ? biases[row] : values[row * columns + column]);
    if (this.canvas) {
      cancelAnimationFrame(this.due); // with the next frame, so that no key waits for it
      this.due = requestAnimationFrame(() => this.paintCanvas());
      return;
    }
    for (const { entry, box, beyond, text } of this.cells) {
      const v = this.value(entry);
      box.setAttribute("class", `square ${shade(v, this.scale)}`);
      beyond.style.display = isBeyond(v, this.scale) ? "" : "none";
      text.textContent = signed(v);
      text.setAttribute("class", numberKind(v, this.scale));
    }
  }

  // A canvas knows no CSS variables: the theme's colours are read anew each time.
  paintCanvas() {
    const style = getComputedStyle(this.canvas);
    const parts = (name) => style.getPropertyValue(`--${name}`).match(/\w\w/g)?.map((part) => parseInt(part, 16)) ?? [128, 128, 128];
    const [positive, negative, zero, beyond, lost] = ["positive", "negative", "zero", "beyond", "lost"].map(parts);
    const pen = this.canvas.getContext("2d");
    const gap = this.width > 5 ? 0.5 : 0;
    const side = this.width > 5 ? this.width / 2 : 0; // of the corner that marks what lies beyond the scale
    pen.setTransform(2, 0, 0, 2, 0, 0);
    pen.clearRect(0, 0, ...this.size);
    for (let row = 0; row < this.matrix.height; row++) {
      for (let column = 0; column < this.columns; column++) {
        const v = this.value({ row, column });
        const part = Math.min(Math.abs(v) / this.scale, 1);
        const end = v < 0 ? negative : positive;
        const [x, y] = this.place({ row, column });
        pen.fillStyle = `rgb(${Number.isFinite(v) ? zero.map((low, i) => low + part * (end[i] - low)).join(" ") : lost.join(" ")})`;
        pen.fillRect(x, y, this.width - gap, this.height - gap);
        if (!side || !isBeyond(v, this.scale)) continue;
        pen.fillStyle = `rgb(${beyond.join(" ")})`;
        pen.fill(new Path2D(cornerPath(x + this.width - gap - side, y, { width: side, height: side })));
      }
    }
  }

  // Frames round parts of the matrix, { row, column, rows, columns, kind }; of each sort the new take the old ones' place.
  frame(sort, parts) {
    this.frames[sort]?.remove();
    const boxes = parts.map(({ row, column = 0, rows = 1, columns = this.columns - column, kind = "" }) => {
      const [x, y] = this.place({ row, column });
      const [x2, y2] = this.place({ row: row + rows - 1, column: column + columns - 1 });
      return shape("rect", { x: x - 0.5, y: y - 0.5, width: x2 - x + this.width, height: y2 - y + this.height, rx: 1.5, class: kind });
    });
    this.frames[sort] = shape("g", { class: `frames ${sort}` }, ...boxes);
    this.svg.append(this.frames[sort]);
  }
}
