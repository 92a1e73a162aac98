// All maps as one picture to keep, as they stand.

const HEADING = 22; // pixels above a map for its name

// reads: what stands above the maps, or nothing.
function wholeOf(palette, quantities, reads) {
  const { lane, bars } = quantities[0];
  const height = quantities.reduce((sum, each) => sum + HEADING + each.bars.height, reads?.paper.height ?? 0);
  return { width: lane.paper.width + bars.width, height, paint: (pen) => paintAll(pen, palette, quantities, reads) };
}

function paintAll(pen, palette, quantities, reads) {
  pen.save();
  if (reads) {
    reads.paint(pen, palette);
    pen.translate(0, reads.paper.height);
  }
  for (const quantity of quantities) {
    const { about, lane, bars, tall, t } = quantity;
    text(pen, palette, about.symbol, 0, HEADING / 2, { colour: palette.ink, font: `italic 700 16px ${palette.serif}` });
    text(pen, palette, about.meaning, EDGE.left, HEADING / 2, { colour: palette.ink, font: `13px ${palette.font}` });
    pen.translate(0, HEADING);
    quantity.paintMap(pen, palette);
    pen.strokeStyle = palette.ink;
    pen.lineWidth = 1;
    pen.strokeRect(lane.x(t) - lane.wide / 2, TOP, lane.wide, tall);
    pen.save();
    pen.translate(lane.paper.width, 0);
    quantity.paintBars(pen, palette);
    pen.restore();
    pen.translate(0, bars.height);
  }
  pen.restore();
}
