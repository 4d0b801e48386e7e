// Names of areas and places, which stand aside for everything that is written on the map already.

import { font, token } from './theme.js';
import { pointsOf, write } from './writing.js';

const PLACE_FONTS = { 1: [15, 600], 2: [14, 600], 3: [13, 600], 4: [13, 400] };

/** An area's name stands on its northern tip: inside it would lie on the parcels. */
export function drawAreaNames(context, bounds, scene, taken) {
  if (!scene.shown.has('areas') || scene.zoom < 12) return;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.font = font(13, 600);
  for (const [name, { x, y }] of northernTips(scene.areas.inView(), scene.lang)) {
    if (!bounds.contains([x, y])) continue;
    const aside = context.measureText(name).width / 2;
    const around = [[x, y - 11], [x - aside, y - 11], [x + aside, y - 11], [x, y - 24]];
    placeName(context, name, around, taken, token('ink-2'));
  }
}

function northernTips(views, lang) {
  const tips = new Map();
  for (const view of views) {
    const layer = view.layers.areas;
    if (!layer) continue;
    const scale = view.side / layer.extent;
    for (const { facts, rings } of layer.features) {
      const name = (lang === 'en' && facts.name_en) || facts.name;
      for (const point of rings.flat()) {
        // A tip on a tile's edge is only where the tile was cut.
        if (point.y < 0 || point.x < 0 || point.x > layer.extent) continue;
        const y = point.y * scale + view.top;
        if (y < (tips.get(name)?.y ?? Infinity)) tips.set(name, { x: point.x * scale + view.left, y });
      }
    }
  }
  return tips;
}

export function drawPlaces(context, bounds, scene, taken) {
  if (scene.onBaseMap() || !scene.shown.has('borders')) return;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  const seen = new Set();
  const places = [...pointsOf(scene.adminUnits, 'places', bounds)];
  places.sort((one, other) => one.facts.rank - other.facts.rank);
  for (const { x, y, facts } of places) {
    if (seen.has(facts.name)) continue;
    seen.add(facts.name);
    const [size, weight] = PLACE_FONTS[facts.rank] ?? PLACE_FONTS[4];
    context.font = font(scene.zoom >= 9 ? size : size - 1, weight);
    placeName(context, facts.name, besideCells(x, y, scene.zoom), taken, token('ink-2'));
  }
}

/** Where a place's name may stand, the best first: at the place, else above or below the cell that covers it. */
function besideCells(x, y, zoom) {
  if (zoom > 10) return [[x, y], [x, y - 18], [x, y + 18], [x, y - 30], [x, y + 30]];
  const around = [[x, y]];
  for (const away of [18, 30, 42, 52]) around.push([x, y - away], [x, y + away]);
  return around;
}

function placeName(context, name, places, taken, colour) {
  const width = context.measureText(name).width;
  for (const [x, y] of places) {
    if (!taken.isFree(x - width / 2 - 2, y - 8, width + 4, 16)) continue;
    write(context, name, x, y, { colour, haloPx: 3.5 });
    taken.add(x - width / 2 - 3, y - 9, width + 6, 18);
    return;
  }
}
