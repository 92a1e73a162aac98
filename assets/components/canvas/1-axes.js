// Round numbers, and axes that end at them.

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
