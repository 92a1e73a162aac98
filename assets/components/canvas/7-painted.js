// A component that is nothing but pictures on canvases, to be kept as files.

const FINE = 2; // pixels of a saved picture to one on screen
const CAMERA = "M6 2h4l1 2h4v10H1V4h4zM8 6a3 3 0 1 0 .01 0z";
const paintedIn = new WeakMap();

// Called again with other numbers it keeps its elements; with other words it is made anew.
function mount(Kind, { data, parentElement }) {
  const model = unpack(data);
  let painted = paintedIn.get(parentElement);
  if (!painted || JSON.stringify(painted.words) !== JSON.stringify(model.words)) {
    painted?.end();
    painted?.root.remove();
    paintedIn.set(parentElement, (painted = new Kind(parentElement, model.words)));
  }
  painted.model = model;
  painted.show(model);
  return () => {
    paintedIn.get(parentElement)?.end();
    paintedIn.delete(parentElement);
  };
}

// Its kinds have show(model); paint(), on what is seen; and `whole`: width, height and paint(pen) of the picture to keep.
class Painted {
  constructor(parent, words, kind) {
    Object.assign(this, { parent, words, drawn: 0 });
    this.root = element("div", { class: `unroll ${kind}` });
    this.tip = new Tooltip();
    this.camera = element("button", { type: "button", class: "camera", title: words.camera, "aria-label": words.camera, onclick: () => this.save() }, drawIcon(CAMERA));
    this.life = new AbortController();
    watchTheme(this.root, this.life.signal, () => {
      this.look();
      this.draw();
    });
    this.look();
    parent.append(this.root);
  }

  look() {
    set(this.root, "data-theme", themeOf(this.parent));
    this.palette = undefined;
  }

  draw() {
    this.palette ??= paletteOf(this.root);
    this.paint();
    this.root.dataset.drawn = this.drawn += 1; // a canvas does not show from outside that it is new
  }

  // As the model says: "svg" or "png".
  async save() {
    const { name, save } = this.model;
    const image = await (save === "svg" ? this.asSvg() : this.asPng());
    const link = element("a", { href: URL.createObjectURL(image), download: `${name}.${save}` });
    link.click();
    URL.revokeObjectURL(link.href);
  }

  asSvg() {
    const { width, height } = this.whole;
    const pen = new SvgPen(width, height);
    this.keep(pen);
    return new Blob([new XMLSerializer().serializeToString(pen.root)], { type: "image/svg+xml" });
  }

  asPng() {
    const { width, height } = this.whole;
    const canvas = element("canvas", { width: FINE * width, height: FINE * height });
    const pen = canvas.getContext("2d");
    pen.scale(FINE, FINE);
    this.keep(pen);
    return new Promise((done) => canvas.toBlob(done));
  }

  keep(pen) {
    const { width, height, paint } = this.whole;
    pen.fillStyle = this.palette.background;
    pen.fillRect(0, 0, width, height);
    paint(pen);
  }

  end() {
    this.life.abort();
    for (const node of this.root.querySelectorAll(".paper")) SIZES.unobserve(node);
  }
}
