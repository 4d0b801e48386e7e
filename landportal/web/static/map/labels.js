// Everything written on the map, laid out for the whole view at once, so that nothing is cut at a tile's edge and names
// move aside where something is already. The order here is the order of precedence. Polygons and lines lie on the tiles
// below (paint.js).

import { CELL_RADIUS, cellsIn, drawCells, stepsFor } from './cells.js';
import { drawDiscs, drawJunctionDots, drawShields } from './infrastructure_labels.js';
import { drawAreaNames, drawPlaces } from './name_labels.js';
import { drawParcelLabels, keepParcelsFree } from './parcel_labels.js';
import { Taken } from './writing.js';

/** Draws all labels; returns what others need of the layout: { cells, steps, parcels }, the last a number of pieces. */
export function drawLabels(context, bounds, scene) {
  const taken = new Taken();
  context.lineJoin = 'round';
  if (scene.shown.has('motorways')) drawJunctionDots(context, bounds, scene);
  const cells = cellsIn(scene.parcels.inView());
  const steps = stepsFor(cells.filter((cell) => bounds.contains([cell.x, cell.y])));
  drawCells(context, cells, steps, scene.numbers);
  for (const { x, y } of cells) taken.add(x - 32, y - CELL_RADIUS, 64, 2 * CELL_RADIUS);
  drawParcelLabels(context, bounds, scene, taken);
  drawDiscs(context, bounds, scene, taken);
  drawShields(context, bounds, scene, taken);
  drawAreaNames(context, bounds, scene, taken);
  keepParcelsFree(bounds, scene, taken);
  drawPlaces(context, bounds, scene, taken);
  const pieces = scene.parcels.inView().map(({ layers }) => layers.parcels?.features.length ?? 0);
  const parcels = pieces.reduce((sum, count) => sum + count, 0);
  return { cells, steps, parcels };
}
