// The map and its layers as Folium's script makes them: order of the panes, which source and paint belong to which
// tiles. What visitors do with them lives in portal.js.

import { CanvasTiles } from './canvas_tiles.js';
import {
  paintAreas, paintBorders, paintConstraints, paintGround, paintOverlay, paintParcels, paintRoads,
} from './paint.js';
import { TileSource } from './source.js';

const { L } = window;

/** From the lowest up. Leaflet's own panes for popups and tooltips stay empty. */
const PANES = [
  'ground', 'basemap', 'overlays', 'constraints', 'borders', 'areas', 'infrastructure', 'parcels', 'labels', 'marks',
];

const OWN_CONTROLS = { keyboardPanDelta: 80, zoomControl: false, attributionControl: false };

/** A Leaflet map that respects the wish for less motion; `bounds` is [[south, west], [north, east]]. */
export function createMap(id, { bounds, ...options }) {
  const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  const map = L.map(id, {
    ...options,
    ...OWN_CONTROLS,
    zoomAnimation: !calm,
    inertia: !calm,
    // Canvases come one by one; fading each of them in costs frames and looks like flicker.
    fadeAnimation: false,
    maxBounds: [[44, 0], [58, 22]],
  });
  PANES.forEach((name, index) => {
    map.createPane(name).style.zIndex = String(210 + 10 * index);
  });
  map.portal = { shown: new Set(), isBaseMapLive: false, home: L.latLngBounds(bounds) };
  return map;
}

/** The configured raster tiles. */
export function baseMap(url, options) {
  return L.tileLayer(url, { ...options, pane: 'basemap', maxZoom: 19, className: 'map-basemap' });
}

const RECIPES = {
  'admin-units': (map) => ({ paint: paintBorders(map.portal.shown), pane: 'borders' }),
  areas: () => ({ paint: paintAreas, pane: 'areas', zoomLess: 1 }),
  constraints: (map) => ({ paint: paintConstraints(map.portal.shown), pane: 'constraints', zoomLess: 1 }),
  infrastructure: (map) => ({
    paint: paintRoads(map.portal.shown, () => map.portal.isBaseMapLive),
    pane: 'infrastructure',
    zoomLess: 1,
  }),
  overlay: (_, { place }) => ({ paint: paintOverlay(place), pane: 'overlays', zoomLess: 1 }),
  parcels: () => ({ paint: paintParcels, pane: 'parcels' }),
};

/** A layer of vector tiles. What it paints may depend on the map, so the canvases are made when it is added to one. */
const VectorTiles = L.Layer.extend({
  initialize(options) {
    L.setOptions(this, options);
    this.canvases = [];
  },

  onAdd(map) {
    const { paint, pane, zoomLess } = RECIPES[this.options.tiles](map, this.options);
    this.source = new TileSource(this.options.url, this.options.query, zoomLess);
    this.canvases = [this.canvasOf(paint, pane)];
    if (this.options.tiles === 'admin-units') this.canvases.unshift(this.canvasOf(paintGround, 'ground'));
    for (const canvas of this.canvases) canvas.addTo(map);
  },

  onRemove() {
    for (const canvas of this.canvases) canvas.remove();
    this.canvases = [];
  },

  canvasOf(paint, pane) {
    const canvas = new CanvasTiles(this.source, paint, { pane });
    // One word for the data, told by the topmost canvas.
    canvas.on('tilesready tilesdown', ({ type }) => canvas === this.canvases.at(-1) && this.fire(type));
    return canvas;
  },

  setQuery(query) {
    this.options.query = query;
    for (const canvas of this.canvases) canvas.setQuery(query);
  },

  retry() {
    for (const canvas of this.canvases) canvas.retry();
  },

  repaint() {
    for (const canvas of this.canvases) canvas.repaint();
  },

  inView() {
    return this.canvases.at(-1)?.inView() ?? [];
  },
});

export const vectorTiles = (options) => new VectorTiles(options);
