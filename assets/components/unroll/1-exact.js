// Do numbers come out even as they are written, rounded? Where they don't, the sign is ≈. Reckoned in whole numbers,
// n · 10^e, since floats would round once more.

function comesOut(parts, together, result) {
  if (![...parts, result].every(Number.isFinite)) return false;
  const { n } = minus(parts.map(asWritten).reduce(together), asWritten(result));
  return n === 0n;
}

function asWritten(v) {
  const [digits, power = "0"] = signed(v).replaceAll(MINUS, "-").split("e");
  const decimals = digits.split(".")[1]?.length ?? 0;
  return { n: BigInt(digits.replace(/[.+]/g, "")), e: Number(power) - decimals };
}

function plus(a, b) {
  const e = Math.min(a.e, b.e);
  const whole = (x) => x.n * 10n ** BigInt(x.e - e);
  return { n: whole(a) + whole(b), e };
}

const minus = (a, b) => plus(a, { n: -b.n, e: b.e });
const times = (a, b) => ({ n: a.n * b.n, e: a.e + b.e });
