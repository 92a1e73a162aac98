// What is known of one model's training: means over some updates each, up to the update `at`; null: no number. rates:
// [update, learning rate] …, each with the update it holds from.

const MOST = 3000; // points kept
const CURVES = ["loss", "norm", "clipped"];

class Series {
  constructor(curves, rates = []) {
    Object.assign(this, { at: [], loss: [], norm: [], clipped: [], exams: [], rates });
    if (curves) this.take(curves);
  }

  take(curves) {
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

// ---- Axes

// The first round number from v on; an axis that ends there seldom changes.
const ROUND = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
function roundUp(v, marks = ROUND) {
  const power = 10 ** Math.floor(Math.log10(v) + 1e-9);
  return power * marks.find((mark) => mark * power >= v * (1 - 1e-9));
}

const stepFor = (span, count) => roundUp(span / count, [1, 2, 5, 10]);

function linearAxis(low, high, count = 4) {
  const step = stepFor(high - low || 1, count);
  const [first, last] = [Math.floor(low / step + 1e-9), Math.ceil(high / step - 1e-9)];
  const ticks = Array.from({ length: last - first + 1 }, (_, k) => Number(((first + k) * step).toPrecision(12)));
  const [from, to] = [first * step, Math.max(last, first + 1) * step];
  return { place: (v) => (v - from) / (to - from), ticks: ticks.map((v) => ({ v, text: plain(v) })) };
}

// From one mark 1, 2 or 5 times a power of ten to another, in `height` pixels; what is not above 0 lies at the bottom.
function logAxis(low, high, height) {
  const log = (v) => Math.log10(v);
  const down = Math.floor(log(low) + 1e-9);
  const from = log([5, 2, 1].find((mark) => mark * 10 ** down <= low * (1 + 1e-9)) * 10 ** down);
  let to = log(roundUp(high, [1, 2, 5, 10]));
  if (to - from < 0.25) to = log(roundUp(10 ** to * 1.1, [1, 2, 5, 10]));
  const place = (v) => (v > 0 ? Math.max(0, (log(v) - from) / (to - from)) : 0);
  const fits = (marks) => height / (to - from) / marks.length > 26;
  return { place, ticks: logTicks(from, to, [[1, 2, 5], [1, 3]].find(fits) ?? [1]) };
}

// Between two powers of ten; of many decades only some are named.
function logTicks(from, to, marks) {
  const every = Math.max(1, Math.ceil((to - from) / 5.5));
  const ticks = [];
  for (let k = Math.floor(from); k <= Math.ceil(to); k++) {
    if (k % every) continue;
    for (const mark of marks) {
      const at = k + Math.log10(mark);
      if (at < from - 1e-6 || at > to + 1e-6) continue;
      ticks.push(Math.abs(k) > 3 ? { v: mark * 10 ** k, log: at, mark, power: k } : { v: mark * 10 ** k, log: at, text: plain(mark * 10 ** k) });
    }
  }
  return ticks;
}
