// Infrastructure above the roads: motorway junctions, shields with the motorway's number, discs with icons and names.

import { picture } from './icons.js';
import { DISC_ICONS } from './symbols.js';
import { font, token } from './theme.js';
import { pointsOf, write } from './writing.js';

const { L } = window;

const SHIELD_SPACING_PX = 340;
const SHIELDS_EACH = 3;

export function drawJunctionDots(context, bounds, scene) {
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

export function drawDiscs(context, bounds, scene, taken) {
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

export function drawShields(context, bounds, scene, taken) {
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
