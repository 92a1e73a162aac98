// What is known of one model's training: means over some updates each, up to the update `at`; null: no number. rates:
// [update, learning rate] …, each with the update it holds from.

const MOST = 3000; // points kept
const CURVES = ["loss", "norm", "clipped"];

class Series {
  constructor(curves, rates = []) {
    Object.assign(this, { at: [], loss: [], norm: [], clipped: [], exams: [], rates });
    if (curves) this.take(curves, rates);
  }

  take(curves, rates) {
    this.rates = rates;
    for (const name of ["at", ...CURVES, "exams"]) this[name].push(...curves[name]);
    while (this.at.length > MOST) this.halve();
  }

  // Pairs of points become one, the mean over the updates of both.
  halve() {
    const { at } = this;
    const span = (i) => at[i] - (at[i - 1] ?? 0);
    const last = at.length - 1;
    const pairs = Array.from({ length: Math.ceil(at.length / 2) }, (_, k) => [2 * k, Math.min(2 * k + 1, last)]);
    for (const name of CURVES) {
      const values = this[name];
      const mean = (a, b) => (values[a] === null || values[b] === null ? null : (span(a) * values[a] + span(b) * values[b]) / (span(a) + span(b)));
      this[name] = pairs.map(([a, b]) => (a === b ? values[a] : mean(a, b)));
    }
    this.at = pairs.map(([, b]) => at[b]);
  }

  // Which point tells of this update.
  find(update) {
    let [low, high] = [0, this.at.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.at[middle] < update) low = middle + 1;
      else high = middle;
    }
    return high < 0 ? undefined : low;
  }

  // The first of the updates whose mean point i is.
  from(i) {
    return (this.at[i - 1] ?? 0) + 1;
  }

  // One of its curves thinned to what a picture can show: for each strip of `width` updates the mean, the least and the
  // largest of the points in it, at the last of them.
  strips(name, width) {
    const { at } = this;
    const values = this[name];
    const strips = [];
    let strip;
    for (let i = 0; i < at.length; i++) {
      const number = Math.floor(at[i] / width);
      const weight = at[i] - (at[i - 1] ?? 0);
      const v = values[i];
      if (v === null) continue; // too large to be sent
      if (number !== strip?.number) strips.push((strip = { number, sum: 0, weight: 0, low: v, high: v }));
      strip.at = at[i];
      strip.sum += weight * v;
      strip.weight += weight;
      if (v < strip.low) strip.low = v;
      if (v > strip.high) strip.high = v;
    }
    for (const each of strips) each.mean = each.sum / each.weight;
    return strips;
  }

  // The last exam up to this update: [update, score].
  exam(update) {
    return this.exams.findLast(([at]) => at <= update);
  }
}
