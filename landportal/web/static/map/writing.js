// Writing on the map: text in a halo, and what is written on already so that names can move aside. What is written, and
// where it would like to be, is said by the modules of labels.

import { token, translucent } from './theme.js';

const HALO_PX = 4;

/** Rectangles that are written on already. */
export class Taken {
  boxes = [];

  add(x, y, width, height) {
    this.boxes.push([x, y, x + width, y + height]);
  }

  isFree(x, y, width, height) {
    return !this.boxes.some(
      ([left, top, right, bottom]) => x < right && x + width > left && y < bottom && y + height > top,
    );
  }
}

/** Points of a tile layer within the bounds and `margin` pixels around, in layer points. */
export function* pointsOf(layer, name, bounds, margin = 0) {
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

/** Text in its halo at (x, y), as the context is set. */
export function write(context, text, x, y, { colour = token('ink'), halo = token('halo'), haloPx = HALO_PX } = {}) {
  context.strokeStyle = translucent(halo, 0.9);
  context.lineWidth = haloPx;
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}
