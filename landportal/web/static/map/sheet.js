// A transparent canvas over the whole view, moved and scaled with the map, redrawn when the view rests. One carries
// the highlights, one the labels; what is drawn is given to it.

import { pixelRatio } from './canvas_tiles.js';

const { L } = window;

export const Sheet = L.Renderer.extend({
  options: { padding: 0.15 },

  /** `draw(context, bounds)` works in Leaflet's layer points. */
  initialize(draw, options) {
    this.drawing = draw;
    L.Renderer.prototype.initialize.call(this, options);
  },

  _initContainer() {
    this._container = document.createElement('canvas');
    this._container.setAttribute('aria-hidden', 'true');
  },

  _destroyContainer() {
    cancelAnimationFrame(this.frame);
    this._container.remove();
    this._container = null;
  },

  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    const ratio = pixelRatio();
    const size = this._bounds.getSize();
    const canvas = this._container;
    L.DomUtil.setPosition(canvas, this._bounds.min);
    canvas.width = size.x * ratio;
    canvas.height = size.y * ratio;
    canvas.style.width = `${size.x}px`;
    canvas.style.height = `${size.y}px`;
    this.redraw();
  },

  /** Redraws before the next frame, however often it is asked. */
  schedule() {
    if (!this._map || this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = null;
      if (this._map && !this._map._animatingZoom) this.redraw();
    });
  },

  redraw() {
    if (!this._bounds) return;
    const ratio = pixelRatio();
    const context = this._container.getContext('2d');
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this._container.width, this._container.height);
    context.setTransform(ratio, 0, 0, ratio, -this._bounds.min.x * ratio, -this._bounds.min.y * ratio);
    this.drawing(context, this._bounds);
  },
});
