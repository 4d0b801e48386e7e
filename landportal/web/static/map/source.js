// Vector tiles of one address: fetched, decoded and shared by the canvases that draw them; given up when nobody wants
// them any more. Nothing is drawn here. The browser's own cache keeps the bytes: addresses are stable.

import { PbfReader } from '../vendor/pbf/pbf.js';
import { VectorTile } from '../vendor/vector-tile/vector-tile.js';
import { boxOf } from './geometry.js';

/** Beyond this zoom a tile's 4096 steps are finer than any survey: deeper views enlarge its tiles. */
const ZOOM_OF_FINEST_TILES = 16;

export class TileSource {
  /** `zoomLess` 1 takes the tiles one zoom further out: a quarter of the requests where detail is not needed. */
  constructor(url, query, zoomLess = 0) {
    this.url = url;
    this.query = query;
    this.zoomLess = zoomLess;
    this.entries = new Map();
  }

  /** The entry that covers the canvas at `coords`. Every `take` needs one `release`. */
  take({ x, y, z }) {
    const zoom = Math.max(0, Math.min(z - this.zoomLess, ZOOM_OF_FINEST_TILES));
    const steps = z - zoom;
    const [tileX, tileY] = [x >> steps, y >> steps];
    const key = `${zoom}/${tileX}/${tileY}?${this.query}`;
    const entry = this.entries.get(key) ?? this.start(key, zoom, tileX, tileY);
    entry.users += 1;
    return entry;
  }

  release(entry) {
    entry.users -= 1;
    if (entry.users > 0) return;
    entry.abort.abort();
    if (this.entries.get(entry.key) === entry) this.entries.delete(entry.key);
  }

  start(key, z, x, y) {
    const entry = { key, z, x, y, users: 0, layers: null, abort: new AbortController() };
    const address = this.url.replace('{z}', z).replace('{x}', x).replace('{y}', y);
    entry.ready = this.load(entry, this.query ? `${address}?${this.query}` : address);
    this.entries.set(key, entry);
    return entry;
  }

  async load(entry, address) {
    try {
      const answer = await fetch(address, { signal: entry.abort.signal });
      if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
      entry.layers = answer.status === 204 ? {} : decoded(await answer.arrayBuffer());
    } catch (problem) {
      // The next one who asks tries again.
      if (this.entries.get(entry.key) === entry) this.entries.delete(entry.key);
      throw problem;
    }
    return entry;
  }
}

/** Layer name → { extent, features }; a feature has `type` 1 point, 2 line, 3 polygon, `facts`, `rings` and `box`. */
function decoded(bytes) {
  const layers = {};
  const tile = new VectorTile(new PbfReader(new Uint8Array(bytes)));
  for (const [name, layer] of Object.entries(tile.layers)) {
    const features = [];
    for (let i = 0; i < layer.length; i += 1) {
      const feature = layer.feature(i);
      const rings = feature.loadGeometry();
      features.push({ type: feature.type, facts: feature.properties, rings, box: boxOf(rings) });
    }
    layers[name] = { extent: layer.extent, features };
  }
  return layers;
}
