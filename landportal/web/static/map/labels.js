// Everything written on the map: cells, zone letters and hectares of parcels, motorway shields, infrastructure discs
// and names of places. It is laid out for the whole view at once, so that nothing is cut at a tile's edge and names
// move aside where something is already. Polygons and lines lie on the tiles below (paint.js).

import { CELL_RADIUS, cellsIn, drawCells, stepsFor } from './cells.js';
import { contains, insideTile, spansAt } from './geometry.js';
import { picture } from './icons.js';
import { isPatterned } from './symbols.js';
import { font, token, translucent } from './theme.js';

const { L } = window;

const ZONE_FROM_PX = 44;
const HECTARES_FROM_PX = 70;
const HALO_PX = 4;
const SHIELD_SPACING_PX = 340;
const SHIELDS_EACH = 3;

export const DISC_ICONS = {
  rail_freight: 'container',
  station: 'train-front',
  airport: 'plane',
  airfield: 'plane-takeoff',
  substation: 'zap',
};

const PLACE_FONTS = { 1: [15, 600], 2: [14, 600], 3: [13, 600], 4: [13, 400] };

/** Draws all labels and returns what others need of the layout: { cells, steps, parcels }, the last a number of pieces. */
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
  const parcels = scene.parcels.inView().reduce((sum, { layers }) => sum + (layers.parcels?.features.length ?? 0), 0);
  return { cells, steps, parcels };
}

/** Rectangles that are written on already. */
class Taken {
  boxes = [];

  add(x, y, width, height) {
    this.boxes.push([x, y, x + width, y + height]);
  }

  isFree(x, y, width, height) {
    return !this.boxes.some(([left, top, right, bottom]) => x < right && x + width > left && y < bottom && y + height > top);
  }
}

function* pointsOf(layer, name, bounds, margin = 0) {
  for (const view of layer.inView()) {
    const found = view.layers[name];
    if (!found) continue;
    const scale = view.side / found.extent;
    for (const { rings, facts } of found.features) {
      const x = rings[0][0].x * scale + view.left;
      const y = rings[0][0].y * scale + view.top;
      if (x < bounds.min.x - margin || x > bounds.max.x + margin) continue;
      if (y < bounds.min.y - margin || y > bounds.max.y + margin) continue;
      yield { x, y, facts };
    }
  }
}

function write(context, text, x, y, { colour = token('ink'), halo = token('halo'), haloPx = HALO_PX } = {}) {
  context.strokeStyle = translucent(halo, 0.9);
  context.lineWidth = haloPx;
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

// Parcels

function drawParcelLabels(context, bounds, scene, taken) {
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

/** The parcel's facts under a layer point, or undefined. */
export function parcelAt(views, { x, y }) {
  for (const view of views) {
    if (x < view.left || y < view.top || x >= view.left + view.side || y >= view.top + view.side) continue;
    const layer = view.layers.parcels;
    if (!layer) return undefined;
    const scale = view.side / layer.extent;
    const [tileX, tileY] = [(x - view.left) / scale, (y - view.top) / scale];
    const hit = layer.features.find(
      ({ box, rings }) =>
        tileX >= box.minX && tileX <= box.maxX && tileY >= box.minY && tileY <= box.maxY && contains(rings, tileX, tileY),
    );
    return hit?.facts;
  }
  return undefined;
}

// Infrastructure

function drawJunctionDots(context, bounds, scene) {
  // Further out they would string the motorways like beads; closer they are discs with names.
  if (scene.zoom < 10 || scene.zoom >= 12) return;
  for (const { x, y, facts } of pointsOf(scene.infrastructure, 'points', bounds)) {
    if (facts.kind !== 'motorway_junction') continue;
    ring(context, x, y, 4, token('motorway-core'), token('motorway'), 2);
  }
}

function ring(context, x, y, radius, fill, outline, width) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = fill;
  context.fill();
  context.strokeStyle = outline;
  context.lineWidth = width;
  context.stroke();
}

function drawDiscs(context, bounds, scene, taken) {
  const seen = new Set();
  for (const { x, y, facts } of pointsOf(scene.infrastructure, 'points', bounds)) {
    const isJunction = facts.kind === 'motorway_junction';
    if (isJunction ? scene.zoom < 12 || !scene.shown.has('motorways') : !scene.shown.has(facts.kind)) continue;
    const key = `${facts.kind} ${facts.name} ${Math.round(x / 4)}`;
    if (seen.has(key) || !taken.isFree(x - 10, y - 10, 20, 20)) continue;
    seen.add(key);
    drawDisc(context, x, y, facts.kind);
    taken.add(x - 14, y - 14, 28, 28);
    if (scene.zoom >= 11) nameBeside(context, discName(facts), x, y, taken);
  }
}

function drawDisc(context, x, y, kind) {
  ring(context, x, y, 12, token('surface'), token('ink'), 1.5);
  if (kind === 'motorway_junction') {
    ring(context, x, y, 5, token('surface'), token('motorway'), 2.5);
    return;
  }
  const image = DISC_ICONS[kind] && picture(DISC_ICONS[kind]);
  if (image) context.drawImage(image, x - 7.5, y - 7.5, 15, 15);
}

function discName({ kind, name, number, ref }) {
  if (kind !== 'motorway_junction') return name;
  return [number, name, ref && `(${spacedRef(ref)})`].filter(Boolean).join(' ');
}

function nameBeside(context, name, x, y, taken) {
  if (!name) return;
  context.font = font(13, 600);
  context.textBaseline = 'middle';
  const width = context.measureText(name).width;
  const sides = [
    ['left', x + 17, x + 15],
    ['right', x - 17, x - 19 - width],
  ];
  for (const [align, at, left] of sides) {
    if (!taken.isFree(left, y - 8, width + 4, 16)) continue;
    context.textAlign = align;
    write(context, name, at, y);
    taken.add(left, y - 8, width + 4, 16);
    return;
  }
}

// Motorway shields

/** A4 is signed A 4. */
const spacedRef = (ref) => ref.replace(/^([A-Z]+)\s*(\d)/, '$1\u00a0$2');

function drawShields(context, bounds, scene, taken) {
  if (scene.onBaseMap() || !scene.shown.has('motorways')) return;
  context.font = font(12.5, 600);
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (const [ref, places] of shieldPlaces(bounds, scene)) {
    const chosen = [];
    for (const [x, y] of places) {
      if (chosen.length === SHIELDS_EACH) break;
      const width = context.measureText(ref).width + 14;
      const isFar = chosen.every(([otherX, otherY]) => Math.hypot(x - otherX, y - otherY) > SHIELD_SPACING_PX);
      if (!isFar || !taken.isFree(x - width / 2 - 3, y - 12, width + 6, 24)) continue;
      chosen.push([x, y]);
      drawShield(context, ref, x, y, width);
      taken.add(x - width / 2, y - 10, width, 20);
    }
  }
}

function drawShield(context, ref, x, y, width) {
  context.beginPath();
  context.roundRect(x - width / 2, y - 10, width, 20, 3);
  context.fillStyle = token('motorway-shield');
  context.fill();
  context.strokeStyle = token('on-motorway-shield');
  context.lineWidth = 1.5;
  context.stroke();
  context.fillStyle = token('on-motorway-shield');
  context.fillText(ref, x, y + 1);
}

/** Middles of the visible stretches of each motorway, those nearest to the middle of the view first. */
function shieldPlaces(bounds, scene) {
  const size = bounds.getSize();
  const inner = L.bounds(bounds.min.add(size.multiplyBy(0.16)), bounds.max.subtract(size.multiplyBy(0.16)));
  const centre = bounds.getCenter();
  const places = new Map();
  for (const view of scene.infrastructure.inView()) {
    const layer = view.layers.roads;
    if (!layer) continue;
    const scale = view.side / layer.extent;
    for (const { facts, rings } of layer.features) {
      if (facts.road_class !== 'motorway' || !facts.ref) continue;
      const ref = spacedRef(facts.ref);
      if (!places.has(ref)) places.set(ref, []);
      for (const line of rings) places.get(ref).push(...middles(line, view, scale, inner));
    }
  }
  const distance = ([x, y]) => (x - centre.x) ** 2 + (y - centre.y) ** 2;
  for (const found of places.values()) found.sort((one, other) => distance(one) - distance(other));
  return places;
}

function* middles(line, view, scale, inner) {
  for (let i = 1; i < line.length; i += 1) {
    const ends = [line[i - 1], line[i]].map(({ x, y }) => L.point(x * scale + view.left, y * scale + view.top));
    const seen = L.LineUtil.clipSegment(ends[0], ends[1], inner);
    if (seen) yield [(seen[0].x + seen[1].x) / 2, (seen[0].y + seen[1].y) / 2];
  }
}

// Names

/** An area's name stands on its northern tip: inside it would lie on the parcels. */
function drawAreaNames(context, bounds, scene, taken) {
  if (!scene.shown.has('areas') || scene.zoom < 12) return;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.font = font(13, 600);
  for (const [name, { x, y }] of northernTips(scene.areas.inView())) {
    if (!bounds.contains([x, y])) continue;
    const aside = context.measureText(name).width / 2;
    placeName(context, name, [[x, y - 11], [x - aside, y - 11], [x + aside, y - 11], [x, y - 24]], taken, token('ink-2'));
  }
}

function northernTips(views) {
  const tips = new Map();
  for (const view of views) {
    const layer = view.layers.areas;
    if (!layer) continue;
    const scale = view.side / layer.extent;
    for (const { facts, rings } of layer.features) {
      for (const point of rings.flat()) {
        // A tip on a tile's edge is only where the tile was cut.
        if (point.y < 0 || point.x < 0 || point.x > layer.extent) continue;
        const y = point.y * scale + view.top;
        if (y < (tips.get(facts.name)?.y ?? Infinity)) tips.set(facts.name, { x: point.x * scale + view.left, y });
      }
    }
  }
  return tips;
}

function drawPlaces(context, bounds, scene, taken) {
  if (scene.onBaseMap() || !scene.shown.has('borders')) return;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  const seen = new Set();
  const places = [...pointsOf(scene.adminUnits, 'places', bounds)].sort((one, other) => one.facts.rank - other.facts.rank);
  for (const { x, y, facts } of places) {
    if (seen.has(facts.name)) continue;
    seen.add(facts.name);
    const [size, weight] = PLACE_FONTS[facts.rank] ?? PLACE_FONTS[4];
    context.font = font(scene.zoom >= 9 ? size : size - 1, weight);
    placeName(context, facts.name, besideCells(x, y, scene.zoom), taken, token('ink-2'));
  }
}

const ROUGH_PX = 16;

/** Parcels too small for letters are taken too: names of places move beside them. */
function keepParcelsFree(bounds, scene, taken) {
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
