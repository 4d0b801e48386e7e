// What one tile looks like: one function a layer, all with the same two arguments. Symbols come from symbols.js, words
// and numbers are written on a sheet above all tiles (labels.js).

import {
  constraintSymbol, fillAndStroke, motorwayWidths, overlaySymbol, STATUSES, statusSymbol,
} from './symbols.js';
import { token, translucent } from './theme.js';

/** One long path costs the rasterizer far more than many short ones: measured 1,270 against 346 ms at zoom 13. */
const POLYGONS_IN_A_PATH = 32;

/** Further out than this an outline of full width would fill a parcel. */
const ZOOM_OF_FULL_OUTLINES = 13;

const BORDER_WIDTHS = { municipality: 0.7, county: 1.3, state: 2 };

/** The land of the state, below everything: what is seen where no base map is. */
export function paintGround(context, view) {
  const states = features(view, 'borders').filter(({ facts, type }) => facts.level === 'state' && type === 3);
  inPaths(context, view, 'borders', states, () => {
    context.fillStyle = token('map-inside');
    context.fill('evenodd');
  });
}

/** `shown` is the set of kinds switched on. */
export const paintBorders = (shown) => (context, view) => {
  if (!shown.has('borders')) return;
  for (const [level, width] of Object.entries(BORDER_WIDTHS)) {
    const borders = features(view, 'borders').filter(({ facts }) => facts.level === level);
    inPaths(context, view, 'borders', borders, () => {
      context.strokeStyle = translucent(token('map-border'), level === 'municipality' ? 0.75 : 1);
      context.lineWidth = width;
      context.lineJoin = 'round';
      context.stroke();
    });
  }
};

export function paintAreas(context, view) {
  inPaths(context, view, 'areas', features(view, 'areas'), () => {
    context.fillStyle = translucent(token('ink-2'), 0.05);
    context.fill('evenodd');
    context.strokeStyle = token('ink-2');
    context.lineWidth = view.zoom >= 13 ? 1.5 : 1;
    context.setLineDash(view.zoom >= 12 ? [10, 3, 2, 3] : []);
    context.stroke();
    context.setLineDash([]);
  });
}

export const paintConstraints = (shown) => (context, view) => {
  for (const [kind, zones] of grouped(features(view, 'constraints'), 'kind')) {
    if (!shown.has(kind)) continue;
    const symbol = constraintSymbol(context, kind, view.worldX, view.worldY);
    inPaths(context, view, 'constraints', zones, () => fillAndStroke(context, symbol, 1.5));
  }
};

/** `onBaseMap()` says whether a base map shows the roads already, and more exactly. */
export const paintRoads = (shown, onBaseMap) => (context, view) => {
  if (!shown.has('motorways') || onBaseMap()) return;
  const roads = grouped(features(view, 'roads'), 'road_class');
  const federal = roads.get('federal_road') ?? [];
  context.lineJoin = 'round';
  inPaths(context, view, 'roads', federal, () => stroke(context, 'map-border', view.zoom >= 11 ? 2.2 : 1.4));
  const { outer, inner, middle } = motorwayWidths(view.zoom);
  for (const [state, motorways] of grouped(roads.get('motorway') ?? [], 'state')) {
    // Not open yet: the double line is broken, like the road.
    const dash = state === 'open' || state === undefined ? [] : [outer * 1.6, outer];
    inPaths(context, view, 'roads', motorways, () => stroke(context, 'motorway', outer, dash));
    inPaths(context, view, 'roads', motorways, () => stroke(context, 'motorway-core', inner, dash));
    if (middle) inPaths(context, view, 'roads', motorways, () => stroke(context, 'motorway', middle, dash));
  }
};

function stroke(context, colour, width, dash = []) {
  context.setLineDash(dash);
  context.strokeStyle = token(colour);
  context.lineWidth = width;
  context.stroke();
  context.setLineDash([]);
}

export function paintParcels(context, view) {
  const groups = grouped(features(view, 'parcels'), 'status');
  context.lineJoin = 'miter';
  context.miterLimit = 3;
  const width = view.zoom >= ZOOM_OF_FULL_OUTLINES ? 2 : 1.3;
  for (const status of STATUSES) {
    if (!groups.has(status)) continue;
    const symbol = statusSymbol(context, status, view.worldX, view.worldY);
    inPaths(context, view, 'parcels', groups.get(status), () => fillAndStroke(context, symbol, width));
  }
}

const POINT_RADIUS = 5;

/** A published layer, whatever its shapes are; `place` is its place in the list, which gives it its colour and dash. */
export const paintOverlay = (place) => (context, view) => {
  const symbol = overlaySymbol(place);
  const all = features(view, 'features');
  const ofType = (type) => all.filter((feature) => feature.type === type);
  context.lineJoin = 'round';
  inPaths(context, view, 'features', ofType(3), () => fillAndStroke(context, symbol, 1.8));
  inPaths(context, view, 'features', ofType(2), () => fillAndStroke(context, { ...symbol, fills: [] }, 2.6));
  const scale = view.side / (view.layers.features?.extent ?? 1);
  for (const { x, y } of ofType(1).flatMap(({ rings }) => rings.flat())) {
    context.beginPath();
    context.arc(x * scale + view.left, y * scale + view.top, POINT_RADIUS, 0, 2 * Math.PI);
    fillAndStroke(context, { fills: [symbol.outline], outline: token('halo'), dash: [] }, 1.5);
  }
};

function features(view, name) {
  return view.layers[name]?.features ?? [];
}

function grouped(list, fact) {
  const groups = new Map();
  for (const feature of list) {
    const key = feature.facts[fact];
    if (groups.has(key)) groups.get(key).push(feature);
    else groups.set(key, [feature]);
  }
  return groups;
}

/** Traces the features in short paths and calls `finish` after each. */
function inPaths(context, view, name, list, finish) {
  const layer = view.layers[name];
  if (!layer || list.length === 0) return;
  const scale = view.side / layer.extent;
  const margin = 24;
  let traced = 0;
  for (const feature of list) {
    const { minX, minY, maxX, maxY } = feature.box;
    if (maxX * scale + view.left < -margin || minX * scale + view.left > view.width + margin) continue;
    if (maxY * scale + view.top < -margin || minY * scale + view.top > view.width + margin) continue;
    if (traced === 0) context.beginPath();
    traceRings(context, feature, scale, view.left, view.top);
    traced += 1;
    if (traced === POLYGONS_IN_A_PATH) {
      finish();
      traced = 0;
    }
  }
  if (traced > 0) finish();
}

/** Adds the rings or lines of a feature to the current path. */
export function traceRings(context, feature, scale, left, top) {
  for (const ring of feature.rings) {
    context.moveTo(ring[0].x * scale + left, ring[0].y * scale + top);
    for (let i = 1; i < ring.length; i += 1) context.lineTo(ring[i].x * scale + left, ring[i].y * scale + top);
    if (feature.type === 3) context.closePath();
  }
}
