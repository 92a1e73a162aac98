// A chart of bars, of the kind that the page names.

const KINDS = { saturation: Shares, "half-life": Lives };

export default (page) => mount(Bars, page);

class Bars extends Painted {
  constructor(parent, words) {
    super(parent, words, "bars");
    this.paper = new Paper(200);
    this.paper.onresize = () => this.draw();
    const { root } = this.paper;
    root.onpointermove = (event) => this.tip.tell(this.chart.told(event.offsetX, event.offsetY, this.paper.width), event, this.root);
    root.onpointerleave = () => this.tip.tell();
    this.root.append(root, this.camera, this.tip.root);
  }

  show(model) {
    this.chart = new KINDS[model.name](model);
    this.paper.setHeight(this.chart.height);
    this.paper.describe(this.chart.description);
    this.draw();
  }

  paint() {
    const pen = this.paper.begin();
    if (pen) this.chart.paint(pen, this.palette, this.paper.width);
  }

  get whole() {
    const { width, height } = this.paper;
    return { width, height, paint: (pen) => this.chart.paint(pen, this.palette, width) };
  }
}
