// What is asked at a step and what is answered: one class of several, yes or no to each of several outputs, or values.

const isValue = (model) => model.loss === "squared";

// The outputs that are named a letter each, and any number of them may be right.
const isSet = (model) => model.several && !isValue(model);

// The first class of a text's readout is its end.
const isEnd = (model, k) => k === model.end;

const valuesAt = (model, name, t) => [...model.table[name].row(t - 1)];

// Does the readout stand right above h at this step?
const readsOut = (model, t) => "weight_hy" in model.table && model.answered[t - 1];

// Is output k, or the class that the k-th bar stands for, asked for?
function isTarget(model, t, k) {
  if (isValue(model)) return true;
  if (isSet(model)) return model.at("target", t - 1, k) === 1;
  return model.at("shown", t - 1, k) === model.at("target", t - 1);
}

// How many of the yes and no are right.
const rightAnswers = (model, t) => valuesAt(model, "bars", t).filter((p, k) => p > 0.5 === isTarget(model, t, k)).length;

function isRight(model, t) {
  if (isSet(model)) return rightAnswers(model, t) === model.symbols.length;
  return model.at("top", t - 1) === model.at("target", t - 1);
}

// The target as it stands above its column.
function targetText(model, t) {
  if (isSet(model)) return model.symbols.filter((_, k) => isTarget(model, t, k)).join("");
  if (!isValue(model)) return model.symbols[model.at("target", t - 1)];
  return model.several ? valuesAt(model, "target", t).map(twoDecimals).join(" ") : signed(model.at("target", t - 1));
}

// Guess and target in a sentence.
function answers(model, t, words) {
  const set = (isIn) => model.symbols.filter((_, k) => isIn(k)).join(" ") || words.nothing;
  if (isSet(model)) {
    return { guess: set((k) => model.at("bars", t - 1, k) > 0.5), target: set((k) => isTarget(model, t, k)), right: rightAnswers(model, t), n: model.symbols.length };
  }
  if (isValue(model)) {
    const written = (name) => (model.several ? `(${valuesAt(model, name, t).map(signed).join(", ")})` : signed(model.at(name, t - 1)));
    return { guess: written("bars"), target: written("target") };
  }
  const target = model.at("target", t - 1);
  const chance = magnitude(model.at("bars", t - 1, valuesAt(model, "shown", t).indexOf(target)));
  return { guess: symbolIn(model, model.at("top", t - 1)), target: symbolIn(model, target), chance };
}

// What the k-th bar or dot is called.
function outputName(model, t, k) {
  if (isValue(model)) return model.several ? `y [${k + 1}]` : "y";
  return model.symbols[model.at("shown", t - 1, k)];
}

// A class in a sentence; what stands for the end of a text is set apart from its letters.
const symbolIn = (model, k) => element("b", { class: isEnd(model, k) ? "end" : "" }, model.symbols[k]);

// Two decimals at most, where several numbers stand side by side.
const twoDecimals = (v) => (Number.isFinite(v) ? sign(v) + Number(Math.abs(v).toFixed(2)) : unusual(v));
