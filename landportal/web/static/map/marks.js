// Highlights above all else: the parcel under the pointer, the chosen one, the cell that holds it, one's own position.
// Which these are is told from outside.

import { traceRings } from './paint.js';
import { CELL_RADIUS } from './cells.js';
import { traceHexagon } from './symbols.js';
import { statusColour, token, translucent } from './theme.js';

/** `scene.marked` is { hovered, selected, hoveredCell, selectedCell, position }. */
export function drawMarks(context, scene) {
  const { hovered, selected, hoveredCell, selectedCell, position } = scene.marked;
  context.lineJoin = 'miter';
  context.miterLimit = 4;
  if (hovered && hovered !== selected) {
    const outline = (facts) => statusColour(facts.status);
    strokeParcel(context, scene, hovered, [[7, () => translucent(token('halo'), 0.8)], [3, outline]]);
  }
  if (selected) {
    strokeParcel(context, scene, selected, [[8, () => token('halo')], [3.5, () => token('selected')]]);
  }
  if (hoveredCell) strokeCell(context, hoveredCell, token('selected'), 3);
  if (selectedCell) strokeCell(context, selectedCell, token('selected'), 3.5);
  if (position) drawPosition(context, scene.toLayerPoint(position.latlng));
}

/** Each piece is drawn inside its own tile alone, so that no line shows where tiles cut the parcel. */
function strokeParcel(context, scene, number, strokes) {
  const pieces = scene.parcels.inView().flatMap((view) => {
    const layer = view.layers.parcels;
    const features = layer ? layer.features.filter(({ facts }) => facts.number === number) : [];
    return features.map((feature) => ({ feature, view, scale: view.side / layer.extent }));
  });
  for (const [width, colour] of strokes) {
    for (const { feature, view, scale } of pieces) {
      context.save();
      context.beginPath();
      context.rect(view.left, view.top, view.side, view.side);
      context.clip();
      context.beginPath();
      traceRings(context, feature, scale, view.left, view.top);
      context.strokeStyle = colour(feature.facts);
      context.lineWidth = width;
      context.stroke();
      context.restore();
    }
  }
}

function strokeCell(context, { x, y }, colour, width) {
  traceHexagon(context, x, y, CELL_RADIUS);
  context.strokeStyle = token('halo');
  context.lineWidth = width + 4;
  context.stroke();
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
}

function drawPosition(context, { x, y }) {
  for (const [radius, colour] of [
    [9, token('halo')],
    [6, token('focus')],
  ]) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
  }
}
