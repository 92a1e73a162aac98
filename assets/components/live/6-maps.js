// States and gates of the chosen model: units from top to bottom, time from left to right.

const ORDER = [..."hcfiogrzn"];
const FOOT = 36;

class Maps {
  constructor() {
    this.root = element("figure", { class: "maps" });
    this.caption = element("figcaption");
    this.first = element("div", { hidden: true }); // after it the maps
    this.root.append(this.caption, this.first);
    this.lanes = {};
    this.shown = [];
  }

  say(words) {
    this.words = words;
    this.note = undefined;
  }

  // probe: of the chosen model; room: pixels for all of them.
  show(probe, room) {
    this.probe = probe;
    const names = ORDER.filter((name) => probe.maps[name]);
    if (names.join() !== this.shown.join()) this.use(names);
    const height = Math.round(Math.max(58, Math.min(270, room / names.length)));
    names.forEach((name, k) => {
      const lane = this.lanes[name];
      lane.steps = probe.steps;
      lane.tall = height;
      lane.paper.setHeight(height + (k === names.length - 1 ? FOOT : 8));
    });
    const { words } = this;
    const note = probe.units < probe.of ? sentence(words.someUnits, { n: probe.units, of: probe.of }) : sentence(words.allUnits, { n: probe.of });
    if (note !== this.note) this.caption.replaceChildren(title(words.maps, note));
    this.note = note;
  }

  // The same canvases, as far as there are such; each keeps its place in the order.
  use(names) {
    this.shown = names;
    for (const name of names) {
      this.lanes[name] ??= new Lane(80, "map");
      this.lanes[name].paper.onresize = this.onresize;
    }
    const all = ORDER.map((name) => this.lanes[name]).filter(Boolean);
    let after = this.first;
    for (const { root } of all) {
      if (after.nextSibling !== root) after.after(root);
      after = root;
    }
    for (const name in this.lanes) this.lanes[name].root.hidden = !names.includes(name);
    this.oncompose?.();
  }

  draw(palette) {
    this.shown.forEach((name, k) => this.drawOne(palette, name, k === this.shown.length - 1));
  }

  drawOne(palette, name, isLast) {
    const lane = this.lanes[name];
    const pen = this.probe && lane.paper.begin();
    if (!pen) return;
    const { units } = this.probe;
    const map = unpackMap(this.probe.maps[name]);
    lane.drawMap(pen, palette, map, { name, rows: units, top: 2, height: lane.tall });
    text(pen, palette, name, 14, lane.tall / 2 + 1, { align: "center", colour: palette[name], font: `italic 700 20px ${palette.serif}` });
    const half = Math.max(5, lane.tall / units / 2); // a row's middle, or as near to the edge as a number fits
    const rows = units > 1 ? [[1, 2 + half], [units, lane.tall + 2 - half]] : [[1, 2 + half]];
    rows.forEach(([unit, y]) => text(pen, palette, String(unit), EDGE.left - 7, y, { align: "right" }));
    if (isLast) lane.drawTime(pen, palette, lane.tall + 4, this.words.timeStep);
  }

  told(name, t, y) {
    const lane = this.lanes[name];
    const { units } = this.probe;
    const unit = Math.floor(((y - 2) / lane.tall) * units) + 1;
    if (!(unit >= 1 && unit <= units)) return [];
    const map = this.probe.maps[name];
    const value = rounded(valueOf(map, (t - 1) * units + unit - 1), map.signed);
    return [[`${name}, ${this.words.unit} ${unit}: ${value}`], [this.words.meanings[name]]];
  }

  describe() {
    for (const name of this.shown) {
      const map = this.probe.maps[name];
      const range = map.signed ? `${MINUS}${plain(map.scale)} … ${plain(map.scale)}` : "0 … 1";
      this.lanes[name].paper.describe(`${name}, ${this.words.meanings[name]}: ${range}, ${this.note}`);
    }
  }
}
