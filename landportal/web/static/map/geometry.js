// Plane geometry of decoded tiles: what lies where inside a polygon. Coordinates are those of the tile; nothing here
// knows the map, the screen or what the polygons mean.

/** Whether (x, y) lies inside the rings by the even-odd rule, so that holes count as outside. */
export function contains(rings, x, y) {
  let inside = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
      const a = ring[i];
      const b = ring[j];
      if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
    }
  }
  return inside;
}

/** Spans [from, to] in which the line at `value` of `axis` runs inside the rings, along the other axis. */
export function spansAt(rings, value, axis = 'y') {
  const along = axis === 'y' ? 'x' : 'y';
  const crossings = [];
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
      const a = ring[i];
      const b = ring[j];
      if (a[axis] > value === b[axis] > value) continue;
      crossings.push(((b[along] - a[along]) * (value - a[axis])) / (b[axis] - a[axis]) + a[along]);
    }
  }
  crossings.sort((one, other) => one - other);
  const spans = [];
  for (let i = 0; i + 1 < crossings.length; i += 2) spans.push([crossings[i], crossings[i + 1]]);
  return spans;
}

/** Area and centroid of what the rings cover between 0 and `extent`: tiles overlap by buffers, their insides do not. */
export function insideTile(rings, extent) {
  let area = 0;
  let x = 0;
  let y = 0;
  for (const ring of rings) {
    const clipped = clipRing(ring, extent);
    for (let i = 0, j = clipped.length - 1; i < clipped.length; j = i, i += 1) {
      const cross = clipped[j].x * clipped[i].y - clipped[i].x * clipped[j].y;
      area += cross;
      x += (clipped[j].x + clipped[i].x) * cross;
      y += (clipped[j].y + clipped[i].y) * cross;
    }
  }
  if (area === 0) return { area: 0, x: 0, y: 0 };
  return { area: Math.abs(area / 2), x: x / (3 * area), y: y / (3 * area) };
}

/** The ring cut to the square from 0 to `extent`, one side after the other. */
function clipRing(ring, extent) {
  const sides = [
    ['x', 0, 1],
    ['x', extent, -1],
    ['y', 0, 1],
    ['y', extent, -1],
  ];
  let points = ring;
  for (const [axis, limit, sign] of sides) {
    if (points.every((point) => (point[axis] - limit) * sign >= 0)) continue;
    points = clipSide(points, axis, limit, sign);
  }
  return points;
}

function clipSide(points, axis, limit, sign) {
  const kept = [];
  const isIn = (point) => (point[axis] - limit) * sign >= 0;
  for (let i = 0, j = points.length - 1; i < points.length; j = i, i += 1) {
    if (isIn(points[i]) !== isIn(points[j])) kept.push(crossing(points[j], points[i], axis, limit));
    if (isIn(points[i])) kept.push(points[i]);
  }
  return kept;
}

function crossing(a, b, axis, limit) {
  const share = (limit - a[axis]) / (b[axis] - a[axis]);
  return { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share };
}

/** Distance of (x, y) to the nearest of the lines, or to the nearest point where a line is one point long. */
export function distanceTo(lines, x, y) {
  let least = Infinity;
  for (const line of lines) {
    for (let i = 0; i < line.length; i += 1) {
      least = Math.min(least, distanceToPart(line[Math.max(i - 1, 0)], line[i], x, y));
    }
  }
  return least;
}

function distanceToPart(a, b, x, y) {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - a.x) * dx + (y - a.y) * dy) / length));
  return Math.hypot(a.x + along * dx - x, a.y + along * dy - y);
}

/** Smallest box around the rings. */
export function boxOf(rings) {
  const box = { minX: Infinity, minY: Infinity, maxX: -Infinity, maxY: -Infinity };
  for (const ring of rings) {
    for (const { x, y } of ring) {
      if (x < box.minX) box.minX = x;
      if (x > box.maxX) box.maxX = x;
      if (y < box.minY) box.minY = y;
      if (y > box.maxY) box.maxY = y;
    }
  }
  return box;
}
