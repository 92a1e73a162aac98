// For a projector: nothing but one figure, large. PageDown and PageUp go to the next and back, Escape leaves.

const FIGURES = `[data-testid="stElementContainer"]:is([class*="picture"], .st-key-live, :has(.js-plotly-plot))`;
const BEFORE = `[data-testid="stElementContainer"]:has([data-testid="stMarkdown"], [data-testid="stButton"])`; // its name, or Start

function present(life) {
  let at = 0;
  document.documentElement.dataset.present = "";
  // Python may draw anew at any time: whatever is there then, one figure of it is shown, with what stands before it.
  const mark = () => {
    const figures = [...document.querySelectorAll(FIGURES)];
    at = Math.max(0, Math.min(at, figures.length - 1));
    const shown = new Set(figures.slice(at, at + 1).flatMap((figure) => [figure, ...(figure.previousElementSibling?.querySelectorAll(BEFORE) ?? [])]));
    for (const node of document.querySelectorAll("[data-presented]")) if (!shown.has(node)) delete node.dataset.presented;
    for (const node of shown) node.dataset.presented ??= "";
  };
  const redrawn = new MutationObserver(mark);
  redrawn.observe(document.body, { subtree: true, childList: true });
  mark();
  const turn = (event) => {
    const way = { PageDown: 1, PageUp: -1 }[event.key];
    if (event.key === "Escape") location.assign(leaving());
    if (!way) return;
    event.preventDefault();
    at += way;
    mark();
    window.dispatchEvent(new Event("resize")); // what was hidden had no width to be drawn in
  };
  document.addEventListener("keydown", turn, { capture: true, signal: life.signal });
  life.signal.addEventListener("abort", () => {
    redrawn.disconnect();
    delete document.documentElement.dataset.present;
  });
}

function leaving() {
  const address = new URL(location.href);
  address.searchParams.delete("present");
  return address;
}
