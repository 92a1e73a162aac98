// The weights' names beside the edges they belong to. The same three stand at every step, for they are the same weights:
// pointing at one, here or in an equation, lights up all its edges.

function weightTag(weight, x, y, words, anchor = "start") {
  const text = words.sameWeight.replace("{W}", `W_${weight}`);
  const tag = shape("text", { x, y, class: "weighttag", "text-anchor": anchor, "data-weight": weight, tip: { kind: "tag", text } }, "W");
  tag.append(shape("tspan", { dy: 3 }, weight));
  return asWeight(tag, weight);
}

// Light (8-light.js) knows what is pointed at by this.
function asWeight(node, weight) {
  node.symbol = { name: "W", index: weight };
  return node;
}

// The weights within a sentence, as buttons: what a pointer can do, keys and fingers can.
function pointable(sentence) {
  for (const span of sentence.querySelectorAll(".math")) {
    const weight = span.querySelector("sub").textContent;
    span.replaceWith(asWeight(element("button", { type: "button", class: "math", "data-weight": weight }, ...span.childNodes), weight));
  }
  return sentence;
}

// W_if is a block of W_ih, and W_hf of W_hh.
function weightOf({ name, index }) {
  if (name !== "W" || !index) return "";
  return index.endsWith("y") ? "hy" : index[0] === "i" ? "ih" : "hh";
}

function lightWeights(root, listen) {
  root.dataset.lit = "";
  const light = (weight) => root.dataset.lit !== weight && (root.dataset.lit = weight);
  const pointed = (event) => weightOf(event.composedPath().find((node) => node.symbol)?.symbol ?? {});
  listen(root, "pointerover", (event) => light(pointed(event)));
  listen(root, "pointerleave", (event) => event.pointerType === "mouse" && light("")); // a finger that left has pointed
  listen(root, "focusin", (event) => pointed(event) && light(pointed(event)));
  listen(root, "focusout", (event) => pointed(event) && light(""));
}
