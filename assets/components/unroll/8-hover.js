// What a pointer rests on, in full precision.

class Hover {
  constructor(model, words, storeys) {
    Object.assign(this, { model, words, storeys });
    this.root = element("div", { class: "tooltip", hidden: true });
  }

  move(event, within) {
    const tip = event.composedPath()[0].tip ?? event.composedPath()[1]?.tip;
    if (!tip) return this.hide();
    if (tip !== this.tip) {
      this.tip = tip;
      this.root.replaceChildren(...this.lines(tip).map((line) => element("div", {}, line)));
    }
    this.root.hidden = false;
    const frame = within.getBoundingClientRect();
    const x = Math.min(event.clientX - frame.left + 14, frame.width - this.root.offsetWidth - 4);
    const y = event.clientY - frame.top - this.root.offsetHeight - 10;
    this.root.style.transform = `translate(${Math.max(0, x)}px,${y < 0 ? y + this.root.offsetHeight + 30 : y}px)`;
  }

  hide() {
    this.root.hidden = true;
    this.tip = undefined;
  }

  // What is read, to the last digit, where the token rounds it.
  numbers(t) {
    const values = [...(this.model.table.x?.row(t - 1) ?? [])];
    if (values.length < 2) return values.filter((v) => v !== Number(this.model.tokens[t - 1])).map(full);
    return values.map((v, k) => `[${k + 1}] ${full(v)}`);
  }

  lines(tip) {
    const { model, words } = this;
    const { t } = tip;
    const at = (name, step, k) => full(model.at(name, step, k));
    const size = (name, step) => fullSize(model.at(name, step));
    switch (tip.kind) {
      case "state": {
        const unit = model.units?.[tip.unit] ?? tip.unit + 1;
        const name = `${tip.name}${subscript(t)} [${unit}]`;
        return [`${name} = ${at(`s.${tip.name}`, t, tip.unit)}`, `∂L/∂${name} = ${at(`d.${tip.name}`, t, tip.unit)}`];
      }
      case "gate": {
        const values = [...model.table[`gate.${tip.name}`].row(t - 1)].map(signed);
        const some = values.length > 12 ? [...values.slice(0, 12), "…"] : values;
        return [`${tip.name}${subscript(t)}: ${words.meanOf.replace("{H}", model.H)} ${at(`mean.${tip.name}`, t - 1)}`, some.join("  ")];
      }
      case "row": {
        const row = model.storeys.rows[tip.k];
        const which = this.storeys.name(row, words);
        if (!tip.name) return [which, words.lookAt];
        const values = (kind) => full(model.table[`row.${tip.k}.${kind}.${tip.name}`].row(t - 1)[tip.unit]);
        return [`${which}: ${tip.name} [${tip.unit + 1}] = ${values("s")}`, `∂L/∂${tip.name} [${tip.unit + 1}] = ${values("d")}`, words.lookAt];
      }
      case "edge": {
        const { name } = tip;
        return [`${name}${subscript(t - 1)} → ${name}${subscript(t)}`, `${words.flowBack} ${size(`flow.${name}`, t - 1)}`];
      }
      case "up":
        return [`${words.flowUp} ${size("up", t - 1)}`];
      case "guess": {
        return [`${outputName(model, t, tip.k)}: ${at("bars", t - 1, tip.k)}`, `${words.error}: ${at("errors", t - 1, tip.k)}`];
      }
      case "loss":
        return [`${words.loss} ${size("losses", t - 1)}`, `${words.totalSoFar} ${size("total", t - 1)}`];
      case "input":
        return [`x${subscript(t)}: ${model.tokens[t - 1]}`, ...this.numbers(t)];
      default:
        return [typeof tip.text === "function" ? tip.text() : tip.text].flat();
    }
  }
}
