// A Leaflet grid layer whose tiles are canvases painted from vector tiles. It keeps the last drawing until the next
// one is there. What the paint looks like is given to it (paint.js); labels and highlights lie on sheets of their own.

const { L } = window;

const TILE_PX = 256;

/** Device pixels per CSS pixel; more than two costs memory and shows nothing more. */
export const pixelRatio = () => Math.min(window.devicePixelRatio || 1, 2);

export const CanvasTiles = L.GridLayer.extend({
  options: { tileSize: TILE_PX, updateWhenZooming: false, noWrap: true, keepBuffer: 1 },

  /** `paint(context, view)` draws one tile; without it the layer only keeps the data of the view for others. */
  initialize(source, paint, options) {
    this.source = source;
    this.paint = paint;
    L.setOptions(this, options);
    this.on('tileunload', ({ tile }) => this.letGo(tile));
  },

  onRemove(map) {
    for (const { el } of Object.values(this._tiles)) this.letGo(el);
    L.GridLayer.prototype.onRemove.call(this, map);
  },

  createTile(coords, done) {
    const canvas = document.createElement(this.paint ? 'canvas' : 'span');
    canvas.coords = coords;
    this.load(canvas).then(
      () => done(null, canvas),
      (problem) => done(problem, canvas),
    );
    return canvas;
  },

  /** Fetches what the canvas shows; an answer that was overtaken by a later question is not drawn. */
  async load(canvas) {
    const entry = this.source.take(canvas.coords);
    const earlier = canvas.wanted;
    canvas.wanted = entry;
    if (earlier && earlier !== canvas.entry) this.source.release(earlier);
    try {
      await entry.ready;
    } catch (problem) {
      if (canvas.wanted === entry && problem.name !== 'AbortError') this.fire('tilesdown');
      throw problem;
    }
    if (canvas.wanted !== entry) return;
    // One hold on each entry: let go of the drawing before, or of the second hold on the same one.
    if (canvas.entry) this.source.release(canvas.entry);
    canvas.entry = entry;
    this.draw(canvas);
    this.fire('tilesready');
  },

  letGo(canvas) {
    if (canvas.wanted) this.source.release(canvas.wanted);
    if (canvas.entry && canvas.entry !== canvas.wanted) this.source.release(canvas.entry);
    canvas.wanted = null;
    canvas.entry = null;
  },

  /** Shows the answers to another query; each tile keeps its drawing until its own answer is there. */
  setQuery(query) {
    if (query === this.source.query) return;
    this.source.query = query;
    for (const { el } of Object.values(this._tiles ?? {})) this.load(el).catch(() => {});
  },

  /** Tries again where an answer failed to come. */
  retry() {
    for (const { el } of Object.values(this._tiles ?? {})) if (!el.entry) this.load(el).catch(() => {});
  },

  repaint() {
    for (const { el } of Object.values(this._tiles ?? {})) if (el.entry) this.draw(el);
  },

  draw(canvas) {
    if (!this.paint || !this._map) return;
    const ratio = pixelRatio();
    // Setting the size clears the canvas, also when it stays the same.
    canvas.width = TILE_PX * ratio;
    canvas.height = TILE_PX * ratio;
    const context = canvas.getContext('2d');
    context.scale(ratio, ratio);
    const { x, y, z } = canvas.coords;
    const { entry } = canvas;
    const enlarged = 2 ** (z - entry.z);
    this.paint(context, {
      zoom: z,
      layers: entry.layers,
      side: TILE_PX * enlarged,
      left: entry.x * enlarged * TILE_PX - x * TILE_PX,
      top: entry.y * enlarged * TILE_PX - y * TILE_PX,
      width: TILE_PX,
      // Patterns must run on from tile to tile: their origin is that of the world.
      worldX: x * TILE_PX,
      worldY: y * TILE_PX,
    });
  },

  /** The tiles' data in the view, each once: { layers, side, left, top } in Leaflet's layer points. */
  inView() {
    const found = new Map();
    if (!this._map) return [];
    const zoom = this._map.getZoom();
    const origin = this._map.getPixelOrigin();
    for (const { el, coords } of Object.values(this._tiles)) {
      if (!el.entry || coords.z !== zoom || found.has(el.entry)) continue;
      const side = TILE_PX * 2 ** (zoom - el.entry.z);
      found.set(el.entry, {
        layers: el.entry.layers,
        side,
        left: el.entry.x * side - origin.x,
        top: el.entry.y * side - origin.y,
      });
    }
    return [...found.values()];
  },
});
