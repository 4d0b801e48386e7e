// The symbols of the map: fill and outline of each status, pattern of each constraint, road widths. The legend takes
// its swatches from here too, so that both always agree. Where things are drawn is not decided here.

import { pixelRatio } from './canvas_tiles.js';
import { constraintColour, onThemeChange, statusColour, token, translucent } from './theme.js';

/** Drawn in this order: what is for sale lies on top. */
export const STATUSES = [
  'withdrawn',
  'own_use',
  'leased',
  'sold',
  'preparing',
  'optioned',
  'reserved',
  'available',
];

const STATUS_SYMBOLS = {
  available: { tint: 0.34 },
  reserved: { tint: 0.12, pattern: 'bars' },
  optioned: { tint: 0.12, pattern: 'dots' },
  preparing: { tint: 0.04, dash: [7, 4] },
  sold: { tint: 0.1, pattern: 'hatch' },
  leased: { tint: 0.08, pattern: 'upright' },
  own_use: { tint: 0.08, pattern: 'level' },
  withdrawn: { tint: 0, dash: [2, 4] },
};

export const CONSTRAINTS = [
  'flood',
  'nature',
  'water',
  'heritage',
  'contamination',
  'power_line',
  'forest',
  'mining',
];

const CONSTRAINT_PATTERNS = {
  flood: 'waves',
  nature: 'tufts',
  water: 'drops',
  heritage: 'grid',
  contamination: 'triangles',
  power_line: 'rungs',
  forest: 'trees',
  mining: 'crosses',
};

/** Icons of infrastructure; a motorway junction is a ring. */
export const DISC_ICONS = {
  rail_freight: 'container',
  station: 'train-front',
  airport: 'plane',
  airfield: 'plane-takeoff',
  substation: 'zap',
};

/** Side of one repetition in CSS pixels, and what is drawn into it. */
const PATTERNS = {
  bars: [12, 2.2, (c) => lines(c, [-3, 3, 3, -3], [-3, 15, 15, -3], [9, 15, 15, 9])],
  dots: [9, 0, (c) => discs(c, 1.7, [2.25, 2.25], [6.75, 6.75])],
  hatch: [18, 0.9, (c) => lines(c, [-1, 19, 19, -1], [-1, -1, 19, 19])],
  upright: [9, 1.2, (c) => lines(c, [4.5, -1, 4.5, 10])],
  level: [9, 1.2, (c) => lines(c, [-1, 4.5, 10, 4.5])],
  waves: [18, 1.5, (c) => waves(c)],
  tufts: [24, 1.3, (c) => [[6, 10], [18, 22]].forEach(([x, y]) => tuft(c, x, y))],
  drops: [24, 1.3, (c) => [[7, 7], [19, 19]].forEach(([x, y]) => drop(c, x, y))],
  grid: [8, 0, (c) => discs(c, 1.1, [4, 4])],
  triangles: [24, 1.3, (c) => lines(c, [2, 10, 7, 2, 12, 10, 2, 10], [14, 22, 19, 14, 24, 22, 14, 22])],
  rungs: [6, 1, (c) => lines(c, [-1, 3, 7, 3])],
  trees: [24, 1.3, (c) => [[7, 6], [19, 18]].forEach(([x, y]) => tree(c, x, y))],
  crosses: [24, 1.3, (c) => lines(c, [3, 3, 10, 10], [10, 3, 3, 10], [15, 15, 22, 22], [22, 15, 15, 22])],
};

function lines(context, ...paths) {
  for (const [x, y, ...rest] of paths) {
    context.moveTo(x, y);
    for (let i = 0; i < rest.length; i += 2) context.lineTo(rest[i], rest[i + 1]);
  }
}

function discs(context, radius, ...centres) {
  for (const [x, y] of centres) {
    context.moveTo(x + radius, y);
    context.arc(x, y, radius, 0, 2 * Math.PI);
  }
}

function waves(context) {
  for (const y of [4.5, 13.5]) {
    context.moveTo(-4.5, y);
    for (let x = -4.5, up = 1; x < 22; x += 4.5, up = -up) {
      context.quadraticCurveTo(x + 2.25, y - 3.4 * up, x + 4.5, y);
    }
  }
}

function tuft(context, x, y) {
  lines(context, [x, y, x, y - 6], [x, y, x - 3, y - 4], [x, y, x + 3, y - 4]);
}

function drop(context, x, y) {
  context.moveTo(x, y - 5);
  context.bezierCurveTo(x + 5, y + 1, x + 3, y + 4, x, y + 4);
  context.bezierCurveTo(x - 3, y + 4, x - 5, y + 1, x, y - 5);
}

function tree(context, x, y) {
  context.moveTo(x + 3.5, y - 1);
  context.arc(x, y - 1, 3.5, 0, 2 * Math.PI);
  context.moveTo(x, y + 2.5);
  context.lineTo(x, y + 6);
}

const pictures = new Map();
onThemeChange(() => pictures.clear());

function picture(name, colour) {
  const ratio = pixelRatio();
  const key = `${name} ${colour} ${ratio}`;
  if (!pictures.has(key)) {
    const [side, width, shape] = PATTERNS[name];
    const canvas = document.createElement('canvas');
    canvas.width = side * ratio;
    canvas.height = side * ratio;
    const context = canvas.getContext('2d');
    context.scale(ratio, ratio);
    context.beginPath();
    shape(context);
    if (width === 0) {
      context.fillStyle = colour;
      context.fill();
    } else {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.stroke();
    }
    pictures.set(key, { canvas, side, ratio });
  }
  return pictures.get(key);
}

/** Fill style of a pattern whose repetition starts at (-worldX, -worldY) of the canvas. */
function patternFill(context, name, colour, worldX, worldY) {
  const { canvas, side, ratio } = picture(name, colour);
  const fill = context.createPattern(canvas, 'repeat');
  fill.setTransform(new DOMMatrix([1 / ratio, 0, 0, 1 / ratio, -(worldX % side), -(worldY % side)]));
  return fill;
}

/** Fills of a parcel, from the lowest up, its outline and dashes. */
export function statusSymbol(context, status, worldX, worldY) {
  const { tint, pattern, dash } = STATUS_SYMBOLS[status] ?? STATUS_SYMBOLS.sold;
  const outline = statusColour(status in STATUS_SYMBOLS ? status : 'sold');
  const fills = [];
  if (tint) fills.push(translucent(outline, tint));
  if (pattern) fills.push(patternFill(context, pattern, outline, worldX, worldY));
  return { fills, outline, dash: dash ?? [] };
}

/** Whether letters on this status need a plain plate to be read. */
export const isPatterned = (status) => Boolean(STATUS_SYMBOLS[status]?.pattern);

/** Fills and outline of a constraint zone. */
export function constraintSymbol(context, kind, worldX, worldY) {
  const outline = constraintColour(kind);
  const name = CONSTRAINT_PATTERNS[kind] ?? 'crosses';
  const fills = [translucent(outline, 0.08), patternFill(context, name, outline, worldX, worldY)];
  return { fills, outline, dash: [] };
}

const OVERLAY_DASHES = [[], [8, 4], [2, 3], [12, 3, 2, 3], [5, 2]];

/** Fill and outline of a published layer: colour and dash together tell five of them apart. */
export function overlaySymbol(place) {
  const turn = place % OVERLAY_DASHES.length;
  const outline = token(`overlay-${turn + 1}`);
  return { fills: [translucent(outline, 0.14)], outline, dash: OVERLAY_DASHES[turn] };
}

/** Widths of a motorway's double line at a zoom: outer, inner, and a middle line when close. */
export function motorwayWidths(zoom) {
  if (zoom >= 14) return { outer: 13, inner: 9.6, middle: 1.4 };
  if (zoom >= 12) return { outer: 8, inner: 5.2, middle: 0 };
  if (zoom >= 10) return { outer: 6, inner: 3, middle: 0 };
  return { outer: zoom >= 8 ? 5 : 4, inner: zoom >= 8 ? 2.2 : 1.6, middle: 0 };
}

const SWATCH = { width: 28, height: 20 };

/** A small picture for the legend, which must look like the map itself. */
export function swatch(what, code) {
  const canvas = document.createElement('canvas');
  const ratio = pixelRatio();
  canvas.className = 'map-swatch';
  canvas.setAttribute('aria-hidden', 'true');
  canvas.width = SWATCH.width * ratio;
  canvas.height = SWATCH.height * ratio;
  const context = canvas.getContext('2d');
  context.scale(ratio, ratio);
  SWATCH_DRAWINGS[what](context, code);
  return canvas;
}

const SWATCH_DRAWINGS = {
  status: (context, code) => drawBox(context, statusSymbol(context, code, 0, 0)),
  // Shifted, so that one whole sign of the pattern is in the middle.
  constraint: (context, code) => drawBox(context, constraintSymbol(context, code, -7, -3), 1.5),
  cell: (context, step) => drawHexagon(context, 14, 10, 9, token(`cell-${step}`), 1.3),
  motorway: (context) => drawDoubleLine(context),
  overlay: (context, place) => drawBox(context, overlaySymbol(place), 1.8),
};

function drawBox(context, symbol, width = 2) {
  context.beginPath();
  context.rect(1.5, 1.5, SWATCH.width - 3, SWATCH.height - 3);
  fillAndStroke(context, symbol, width);
}

function drawDoubleLine(context) {
  for (const [colour, width] of [['motorway', 6], ['motorway-core', 3]]) {
    context.beginPath();
    context.moveTo(0, SWATCH.height / 2);
    context.lineTo(SWATCH.width, SWATCH.height / 2);
    context.lineWidth = width;
    context.strokeStyle = token(colour);
    context.stroke();
  }
}

/** Fills and outlines the current path. */
export function fillAndStroke(context, { fills, outline, dash }, width) {
  for (const fill of fills) {
    context.fillStyle = fill;
    context.fill('evenodd');
  }
  context.setLineDash(dash);
  context.strokeStyle = outline;
  context.lineWidth = width;
  context.stroke();
  context.setLineDash([]);
}

/** Traces a hexagon with a corner on top; `radius` runs from its centre to a corner. */
export function traceHexagon(context, x, y, radius) {
  context.beginPath();
  for (let corner = 0; corner < 6; corner += 1) {
    const angle = (Math.PI / 3) * corner - Math.PI / 2;
    context.lineTo(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
  }
  context.closePath();
}

export function drawHexagon(context, x, y, radius, colour, width) {
  traceHexagon(context, x, y, radius);
  context.fillStyle = colour;
  context.fill();
  context.strokeStyle = token('cell-outline');
  context.lineWidth = width;
  context.stroke();
}
