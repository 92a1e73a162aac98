// The component: called with new data it builds the picture anew and keeps where the learner was.

const mounted = new WeakMap();

// Where the learner was looking, by visit. It outlives the picture, which goes when another page comes.
const looked = (window.unrolledLooked ??= new Map());

export default function ({ data, parentElement, setTriggerValue }) {
  const before = mounted.get(parentElement);
  before?.end();
  // Asked while nothing has changed yet, or the whole page is laid out twice.
  let width = before?.root.clientWidth;
  const theme = themeOf(parentElement);
  const { adoptedStyleSheets: sheets } = parentElement.getRootNode();
  if (!sheets.includes(SHADES)) sheets.push(SHADES);
  const model = pictureOf(data);
  const { words, compact } = model;
  const root = element("div", { class: `unroll${compact ? " compact" : ""}`, "data-theme": theme });
  const life = new AbortController();
  const listen = (target, name, action, options = {}) => target.addEventListener(name, action, { signal: life.signal, ...options });

  // Here a parameter has a plain network's name; the whole network knows it by its layer and direction too.
  const placed = (change) => change.replace(/^(weight|bias)_(ih|hh)/, `$&${model.storeys.suffix}`);
  const onedit = model.fixed ? undefined : (change) => setTriggerValue("edit", placed(change));
  const inside = compact ? undefined : new Inside(model, words, { onedit, ongo: (t) => player.go(t), onpick: () => weights.mark(inside) });
  const weights = compact ? undefined : new Weights(model, words, { onedit, onpick: (unit) => inside.choose(unit) });
  const onchoose = ({ layer, direction }) => setTriggerValue("level", [layer, direction]);
  const onpick = (t, tip) => {
    player.go(t);
    if (tip?.kind === "row") onchoose(columns.storeys.rows[tip.k]);
    if (tip?.kind === "state" && t > 0) inside?.reveal(tip.name, tip.unit);
  };
  const columns = new Columns(model, words, { compact, onpick });
  columns.svg.addEventListener("click", () => clearInterval(looping));
  let panels;
  const hover = new Hover(model, words, columns.storeys);
  const story = element("p", { class: "story", "aria-live": "polite" });
  const scroller = element("div", { class: "scroller", tabindex: 0, role: "group", "aria-label": words.picture }, columns.svg);
  const fold = compact || columns.storeys.isBoth ? undefined : new Fold(model, words, columns, { scroller, onpick });
  const legend = element("div", { class: "legend" });
  const share = shareButton(words, () => {
    const { unit, node, ...query } = model.query; // what was open when the link was followed
    const seen = new URLSearchParams({ ...query, phase: player.phase, step: player.t, ...inside.query });
    return `${location.origin}${location.pathname}?${seen}`;
  });

  let room; // the scroller's width, asked only when it may have changed: asking lays everything out
  const show = (t) => {
    const { phase } = player;
    const centre = columns.show(phase, t);
    root.dataset.phase = phase;
    root.dataset.step = t;
    columns.svg.setAttribute("aria-label", `${words.phase[phase]}, t = ${t}`);
    if (columns.total > room) requestAnimationFrame(() => scroller.scrollTo({ left: centre - room / 2 }));
    if (legend.dataset.phase !== phase) {
      legend.dataset.phase = phase;
      legend.replaceChildren(...drawLegend(model, words, { phase, biggest: columns.biggestFlow }));
    }
    if (!compact) {
      panels.show(phase, t);
      inside.show(t, phase);
    }
    fold?.show(phase, t);
    hover.hide();
    looked.set(model.visit, { phase, t, direction: model.storeys.direction, speed: player.speed, inside, panels, weights, fold });
    whenIdle(() => [t + 1, t - 1].forEach((next) => columns.prepare(phase, next)));
  };
  const player = new PhasePlayer({ T: model.T, words, phases: PHASES.slice(0, model.fixed ? 3 : 4), mirrored: columns.storeys.mirrored, onshow: show });

  root.append(
    element("div", { class: "head" }, player.phases, columns.storeys.chooser(words, onchoose), element("div", { class: "views" }, fold?.button ?? "", share.root)),
    compact ? "" : story,
    element("div", { class: "picture" }, columns.labels, scroller),
    legend,
    player.bar,
    hover.root,
  );
  if (!width) {
    before?.root.remove();
    parentElement.append(root);
    width = root.clientWidth;
  }

  const place = () => {
    if (!width) return; // not laid out yet, or leaving: the observer below tells when there is room
    const narrow = width < 560;
    root.classList.toggle("narrow", narrow);
    const labelWidth = compact ? 64 : narrow ? 100 : 120;
    room = width - labelWidth;
    columns.resize(room, labelWidth);
    fold?.resize(room, labelWidth);
    const earlier = panels?.update ?? here?.panels?.update;
    panels?.root.remove();
    panels = new Panels(model, words, story, { width, onedit, storeys: columns.storeys });
    if (earlier) panels.update?.resume(earlier);
    player.bar.after(...(inside ? [inside.root, inside.pins.root] : []), panels.root, weights?.root ?? "");
    weights?.resize(width);
    player.enter(player.phase, player.t);
  };
  // A new visit begins where its link says; otherwise the learner stays where they were.
  const here = looked.get(model.visit);
  const { phase, t, direction, speed = 1, inside: opened, weights: seen, fold: rolled } = here ?? model.cursor;
  Object.assign(player, { phase, t, speed });
  if (opened) inside?.resume(opened);
  else if (!here) inside?.follow(model.cursor);
  if (seen) weights?.resume(seen);
  if (rolled) fold?.resume(rolled);
  weights?.mark(inside);
  // Something else is read: it is read from its beginning, and whoever typed it may step on at once.
  // Looked at in the other direction, a step counts from the other end.
  if (here && direction !== model.storeys.direction && t > 0) player.t = model.T + 1 - t;
  const read = (model.storeys.direction ? [...model.tokens].reverse() : model.tokens).join();
  const isNew = here && before && before.read !== read;
  if (isNew) player.t = player.phase === "backward" ? model.T : 1;
  player.t = Math.min(model.T, player.t);
  player.speedChoice.value = player.speed;
  place();
  if (!root.isConnected) before.root.replaceWith(root);
  inside?.refocus();
  weights?.refocus();
  if (isNew && document.activeElement?.closest('[data-testid="stTextInput"]')) scroller.focus({ preventScroll: true });
  if (!here && model.visit > 1) root.scrollIntoView({ block: "start" });
  const resized = new ResizeObserver(([{ contentRect }]) => {
    if (Math.round(contentRect.width) === width) return;
    width = Math.round(contentRect.width);
    place();
  });
  resized.observe(root);

  if (!compact) lightWeights(root, listen);
  const light = compact ? undefined : new Light(model, { columns: { find: (...what) => [...columns.find(...what), ...fold.find(...what)] }, inside, weights });
  listen(root, "pointermove", (event) => {
    hover.move(event, root);
    light?.move(event, player.t);
  });
  listen(root, "pointerleave", () => {
    hover.hide();
    light?.clear();
  });
  listen(root, "keydown", (event) => {
    const way = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (way && inside?.root.open && !inside.root.hidden && !event.composedPath()[0].matches("select, input")) {
      event.preventDefault();
      inside.choose(inside.unit + way);
    } else player.key(event, true);
  });
  listen(document, "keydown", (event) => {
    if (!compact) player.keyOutside(event, root);
  });
  listen(document, "click", (event) => !event.composedPath().includes(share.root) && share.close());
  let touch;
  listen(scroller, "pointerdown", (event) => (touch = event.pointerType === "touch" ? event.clientX : undefined));
  listen(scroller, "pointerup", (event) => {
    const way = touch === undefined ? 0 : event.clientX - touch;
    if (Math.abs(way) > 40) player.move(-Math.sign(way));
  });
  const looping = compact ? loop(player, life.signal) : undefined;

  const end = () => {
    player.pause();
    fold?.end();
    resized.disconnect();
    life.abort();
  };
  mounted.set(parentElement, { end, root, read });
  return end;
}

const whenIdle = window.requestIdleCallback ?? ((work) => setTimeout(work, 50));

// The small picture of the home page reads its word over and over, unless the visitor prefers stillness.
function loop(player, signal) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return void player.go(player.T);
  const timer = setInterval(() => player.go(player.t === player.T ? 0 : player.t + 1), 1100);
  signal.addEventListener("abort", () => clearInterval(timer));
  return timer;
}

// The colour scale of signed values, and what it measures.
function ramp(scale, meaning = "") {
  const end = Number(scale.toPrecision(3));
  return element("span", { class: "key" }, `${MINUS}${end}`, element("span", { class: "ramp" }), `+${end} ${meaning}`);
}

function beyondKey(words) {
  const corner = shape("svg", { width: 9, height: 9 }, shape("path", { d: "M0 0h9v9z", class: "beyond" }));
  return element("span", { class: "key" }, corner, words.beyondScale);
}

function drawLegend(model, words, { phase, biggest }) {
  const backwards = phase === "backward";
  const scale = model.scale[backwards ? "d" : "s"];
  const range = ramp(scale, backwards ? words.scaleGradients : words.scaleStates);
  const names = model.states.map((name) => (backwards ? "d." : "s.") + name);
  if (names.some((name) => model.table[name].all.some((v) => isBeyond(v, scale)))) range.append(beyondKey(words));
  if (!backwards) {
    const mark = (kind, properties) => shape("svg", { width: 18, height: 10 }, shape(kind, properties));
    if (!isValue(model)) {
      const bar = (kind) => mark("rect", { class: `bar ${kind}`, x: 3, y: 0, width: 12, height: 10, rx: 1 });
      return [range, element("span", { class: "key" }, bar("target"), words.target, bar(""), words.guess)];
    }
    const goal = mark("line", { class: "goal", x1: 1, x2: 17, y1: 5, y2: 5 });
    const dot = mark("circle", { class: "dot", cx: 9, cy: 5, r: 4.5 });
    return [range, element("span", { class: "key" }, goal, words.target, dot, words.guess)];
  }
  if (!(biggest > 0)) return [range];
  const lines = [1, 0.01, 0.0001].map((part) => {
    const svg = shape("svg", { width: 26, height: 12 });
    svg.append(shape("line", { x1: 0, x2: 26, y1: 6, y2: 6, class: "sample", "stroke-width": flowWidth(part) }));
    return element("span", { class: "key" }, svg, Number((biggest * part).toPrecision(2)).toString().replace("-", MINUS));
  });
  return [range, element("span", { class: "key widths" }, `${words.widths} `, ...lines)];
}
