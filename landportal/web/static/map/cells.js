// Cells: hexagons with count and hectares that stand for parcels from afar. Where they are in the view, how dark each
// is, and how they are drawn. The tiles bring a cell in every tile it touches; here it counts once.

import { drawHexagon } from './symbols.js';
import { font, token } from './theme.js';

/** Distance of neighbouring centres in the tiles, and what is drawn of it: less, so that outlines stand apart. */
const LATTICE_PX = 64;
const DRAWN_PX = 61;
export const CELL_RADIUS = DRAWN_PX / Math.sqrt(3);

const STEPS_HA = [15, 35, 70];
const SCALES = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** The cells of the view: { x, y, count, ha } with the centre in layer points. */
export function cellsIn(views) {
  const found = new Map();
  for (const view of views) {
    const layer = view.layers.cells;
    if (!layer) continue;
    const scale = view.side / layer.extent;
    for (const { rings, facts } of layer.features) {
      const x = rings[0][0].x * scale + view.left;
      const y = rings[0][0].y * scale + view.top;
      found.set(`${Math.round(x / 4)} ${Math.round(y / 4)}`, { x, y, count: facts.count, ha: facts.ha });
    }
  }
  return withoutTwins([...found.values()]);
}

/** Rounding may put one cell of two tiles under two keys; real neighbours are a lattice step apart. */
function withoutTwins(cells) {
  return cells.filter(
    (cell, index) =>
      !cells.some((other, earlier) => earlier < index && Math.hypot(other.x - cell.x, other.y - cell.y) < 8),
  );
}

/** Upper limits in hectares of the three lighter classes, scaled so that the view's largest cells fill the darkest. */
export function stepsFor(cells) {
  const sums = cells.map(({ ha }) => ha).sort((one, other) => one - other);
  const large = sums[Math.floor(sums.length * 0.92)] ?? STEPS_HA[2];
  // The largest scale at which the darkest class still has members.
  const scale = SCALES.findLast((candidate) => STEPS_HA[2] * candidate <= Math.max(large, 7)) ?? SCALES[0];
  // 17.5 ha is no limit anybody would choose.
  return STEPS_HA.map((step) => (step * scale < 5 ? step * scale : Math.round(step * scale)));
}

/** The cell whose hexagon holds the layer point, or undefined. */
export function cellAt(cells, { x, y }) {
  return cells.find((cell) => Math.abs(cell.x - x) <= LATTICE_PX / 2 && insideHexagon(x - cell.x, y - cell.y));
}

function insideHexagon(dx, dy) {
  return Math.abs(dy) <= CELL_RADIUS - Math.abs(dx) / Math.sqrt(3);
}

export function drawCells(context, cells, steps, numbers) {
  context.textAlign = 'center';
  context.textBaseline = 'alphabetic';
  for (const cell of cells) {
    const level = steps.filter((step) => cell.ha >= step).length + 1;
    drawHexagon(context, cell.x, cell.y, CELL_RADIUS, token(`cell-${level}`), 1.5);
    context.fillStyle = inkOn(level);
    context.font = font(17, 600);
    context.fillText(numbers.whole(cell.count), cell.x, cell.y - 1);
    context.font = font(13);
    context.fillText(`${numbers.hectares(cell.ha)}`, cell.x, cell.y + 16);
  }
}

/** The darkest class has its ink; the third is in between and takes what reads better. */
function inkOn(level) {
  if (level === 4) return token('cell-4-ink');
  if (level < 3) return token('cell-ink');
  const inks = [token('cell-ink'), token('cell-4-ink')];
  const ground = brightness(token('cell-3'));
  return inks.sort((one, other) => contrast(brightness(other), ground) - contrast(brightness(one), ground))[0];
}

function brightness(colour) {
  const [red, green, blue] = [1, 3, 5]
    .map((start) => Number.parseInt(colour.slice(start, start + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}
