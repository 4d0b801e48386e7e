// Zone letters and hectares of parcels, and which parcel lies under a point. Parcels come in pieces, cut by tiles: here
// they are put together again.

import { contains, insideTile, spansAt } from './geometry.js';
import { isPatterned } from './symbols.js';
import { font, token, translucent } from './theme.js';
import { write } from './writing.js';

const ZONE_FROM_PX = 44;
const HECTARES_FROM_PX = 70;
const ROUGH_PX = 16;

export function drawParcelLabels(context, bounds, scene, taken) {
  context.textAlign = 'center';
  context.textBaseline = 'alphabetic';
  for (const parcel of wholeParcels(scene.parcels.inView())) {
    const width = parcel.right - parcel.left;
    const height = parcel.bottom - parcel.top;
    if (width < ZONE_FROM_PX || height < 24) continue;
    const { x, y, room } = placeInside(parcel);
    if (!bounds.contains([x, y])) continue;
    const headroom = headroomAt(parcel, x, y);
    writeParcel(context, parcel, { x, y, room, headroom, width }, scene, taken);
  }
}

/** The zone's letters, and hectares below where both fit between the outlines and beside what is written already. */
function writeParcel(context, { facts }, { x, y, room, headroom, width }, scene, taken) {
  const zone = facts.zone ? `${facts.zone}${facts.restricted ? 'e' : ''}` : '';
  const hectares = scene.numbers.hectaresOneDecimal(facts.ha);
  context.font = font(13.5);
  const hectaresWidth = context.measureText(hectares).width;
  context.font = font(14, 600);
  const zoneWidth = context.measureText(zone).width;
  if (room < zoneWidth + 4 || headroom < 18) return;
  const bothWidth = Math.max(zoneWidth, hectaresWidth) + 8;
  const both =
    width >= HECTARES_FROM_PX &&
    headroom >= 38 &&
    room >= hectaresWidth + 6 &&
    taken.isFree(x - bothWidth / 2, y - 17, bothWidth, 35);
  const plateWidth = both ? bothWidth : zoneWidth + 8;
  const top = both ? y - 17 : y - 10;
  const plateHeight = both ? 35 : 20;
  if (!taken.isFree(x - plateWidth / 2, top, plateWidth, plateHeight)) return;
  if (isPatterned(facts.status)) {
    context.fillStyle = translucent(token('halo'), 0.72);
    context.beginPath();
    context.roundRect(x - plateWidth / 2, top, plateWidth, plateHeight, 4);
    context.fill();
  }
  if (zone) write(context, zone, x, both ? y - 3 : y + 5);
  if (both) {
    context.font = font(13.5);
    write(context, hectares, x, y + 13);
  }
  taken.add(x - plateWidth / 2, top, plateWidth, plateHeight);
}

/** Parcels put together again from the tiles they were cut into, with their box in layer points. */
function wholeParcels(views) {
  const found = new Map();
  for (const view of views) {
    const layer = view.layers.parcels;
    if (!layer) continue;
    const scale = view.side / layer.extent;
    for (const feature of layer.features) {
      const { box } = feature;
      const isCut = box.minX < 0 || box.minY < 0 || box.maxX > layer.extent || box.maxY > layer.extent;
      if (!isCut && (box.maxX - box.minX) * scale < ZONE_FROM_PX) continue;
      addPiece(found, feature, view, layer.extent, scale);
    }
  }
  return found.values();
}

function addPiece(found, feature, view, extent, scale) {
  // Worked out once for each tile, not once for each redraw.
  feature.inside ??= insideTile(feature.rings, extent);
  const { area, x, y } = feature.inside;
  if (area === 0) return;
  const { box, facts } = feature;
  const clip = (value) => Math.min(Math.max(value, 0), extent) * scale;
  const piece = { feature, scale, left: view.left, top: view.top, weight: area * scale * scale };
  const known = found.get(facts.number) ?? {
    facts,
    pieces: [],
    weight: 0,
    sumX: 0,
    sumY: 0,
    left: Infinity,
    right: -Infinity,
    top: Infinity,
    bottom: -Infinity,
  };
  known.pieces.push(piece);
  known.weight += piece.weight;
  known.sumX += piece.weight * (x * scale + view.left);
  known.sumY += piece.weight * (y * scale + view.top);
  known.left = Math.min(known.left, clip(box.minX) + view.left);
  known.right = Math.max(known.right, clip(box.maxX) + view.left);
  known.top = Math.min(known.top, clip(box.minY) + view.top);
  known.bottom = Math.max(known.bottom, clip(box.maxY) + view.top);
  found.set(facts.number, known);
}

/** A point inside the parcel, its centroid where that lies inside, and how much room there is to its sides. */
function placeInside(parcel) {
  const y = parcel.sumY / parcel.weight;
  const centre = parcel.sumX / parcel.weight;
  const spans = joined(
    parcel.pieces.flatMap(({ feature, scale, left, top }) =>
      spansAt(feature.rings, (y - top) / scale).map(([from, to]) => [from * scale + left, to * scale + left]),
    ),
  );
  const around = spans.find(([from, to]) => from < centre && centre < to);
  if (around) {
    const side = Math.min(centre - around[0], around[1] - centre);
    const room = around[1] - around[0];
    // Off the middle of a slanted shape, move towards it rather than over the edge.
    return { x: side * 2 > room * 0.7 ? centre : (around[0] + around[1]) / 2, y, room };
  }
  const widest = spans.sort((one, other) => other[1] - other[0] - (one[1] - one[0]))[0] ?? [centre, centre];
  return { x: (widest[0] + widest[1]) / 2, y, room: widest[1] - widest[0] };
}

/** How far the parcel reaches above and below (x, y) together. */
function headroomAt(parcel, x, y) {
  const spans = joined(
    parcel.pieces.flatMap(({ feature, scale, left, top }) =>
      spansAt(feature.rings, (x - left) / scale, 'x').map(([from, to]) => [from * scale + top, to * scale + top]),
    ),
  );
  const [from, to] = spans.find(([start, end]) => start < y && y < end) ?? [y, y];
  return 2 * Math.min(y - from, to - y);
}

function joined(spans) {
  const sorted = spans.sort((one, other) => one[0] - other[0]);
  const result = [];
  for (const span of sorted) {
    const last = result.at(-1);
    if (last && span[0] <= last[1] + 1) last[1] = Math.max(last[1], span[1]);
    else result.push([...span]);
  }
  return result;
}

function covers({ box, rings }, x, y) {
  if (x < box.minX || x > box.maxX || y < box.minY || y > box.maxY) return false;
  return contains(rings, x, y);
}

/** The parcel's facts under a layer point, or undefined. */
export function parcelAt(views, { x, y }) {
  for (const view of views) {
    if (x < view.left || y < view.top || x >= view.left + view.side || y >= view.top + view.side) continue;
    const layer = view.layers.parcels;
    if (!layer) return undefined;
    const scale = view.side / layer.extent;
    const [tileX, tileY] = [(x - view.left) / scale, (y - view.top) / scale];
    return layer.features.find((feature) => covers(feature, tileX, tileY))?.facts;
  }
  return undefined;
}

/** Parcels too small for letters are taken too: names of places move beside them. */
export function keepParcelsFree(bounds, scene, taken) {
  if (scene.zoom > 13) return;
  const boxes = new Set();
  for (const view of scene.parcels.inView()) {
    const layer = view.layers.parcels;
    if (!layer) continue;
    const scale = view.side / layer.extent;
    for (const { box } of layer.features) {
      const x = ((box.minX + box.maxX) / 2) * scale + view.left;
      const y = ((box.minY + box.maxY) / 2) * scale + view.top;
      if (bounds.contains([x, y])) boxes.add(`${Math.floor(x / ROUGH_PX)} ${Math.floor(y / ROUGH_PX)}`);
    }
  }
  for (const key of boxes) {
    const [column, row] = key.split(' ').map(Number);
    taken.add(column * ROUGH_PX, row * ROUGH_PX, ROUGH_PX, ROUGH_PX);
  }
}
