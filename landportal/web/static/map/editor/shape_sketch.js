// The shape on the map: one polygon a part, in degrees. What may be done with it lives in tools.js.

import { token } from '../theme.js';

const { L } = window;

/** A hundredth of a millimetre; Leaflet would round to ten centimetres. */
const DIGITS = 10;

/** Smaller on the screen nobody can take hold of a corner. */
const SPECK_PX = 48;

export class ShapeSketch {
  onChange = () => {};

  constructor(map) {
    this.map = map;
    this.group = L.featureGroup().addTo(map);
    map.on('pm:create', ({ layer }) => this.adopt(layer));
    map.on('pm:cut', ({ layer, originalLayer }) => this.replace(originalLayer, layer));
    map.on('pm:remove', ({ layer }) => {
      if (!this.group.hasLayer(layer)) return;
      this.group.removeLayer(layer);
      this.onChange();
    });
  }

  get isEmpty() {
    return this.group.getLayers().length === 0;
  }

  /** Draws a GeoJSON geometry instead of what is there. */
  load(geometry) {
    for (const layer of this.group.getLayers()) {
      layer.pm?.disable();
      layer.remove();
    }
    this.group.clearLayers();
    for (const rings of partsOf(geometry)) this.add(L.polygon(rings.map(toLatLngs), style()));
  }

  add(layer) {
    layer.options.pmIgnore = false;
    this.group.addLayer(layer);
    // A dragged corner, a new one, one taken away, the whole moved: the name differs, the outcome is the same.
    layer.on('pm:markerdragend pm:vertexadded pm:vertexremoved pm:dragend', () => this.onChange());
  }

  adopt(layer) {
    if (!(layer instanceof L.Polygon)) return;
    layer.setStyle(style());
    this.add(layer);
    this.onChange();
  }

  /** A cut may leave several parts where one was, or none. */
  replace(original, result) {
    const rest = result ? result.toGeoJSON(DIGITS) : null;
    original.remove();
    result?.remove();
    this.group.removeLayer(original);
    const left = rest?.type === 'FeatureCollection' ? rest.features : [rest].filter(Boolean);
    for (const { geometry } of left) {
      for (const rings of partsOf(geometry)) this.add(L.polygon(rings.map(toLatLngs), style()));
    }
    this.onChange();
  }

  geometry() {
    const parts = this.group.getLayers().flatMap((layer) => partsOf(layer.toGeoJSON(DIGITS).geometry));
    return { type: 'MultiPolygon', coordinates: parts };
  }

  /** What the server is asked about. */
  asked() {
    return { shape: this.isEmpty ? '' : JSON.stringify(this.geometry()) };
  }

  show() {}

  /** What was typed may lie elsewhere, or be a speck from afar: then the map goes there. */
  comeIntoView() {
    const bounds = this.group.getBounds();
    if (!bounds.isValid()) return;
    const [low, high] = [bounds.getSouthWest(), bounds.getNorthEast()].map((corner) => this.map.latLngToLayerPoint(corner));
    const isSpeck = Math.max(high.x - low.x, low.y - high.y) < SPECK_PX;
    if (isSpeck || !this.map.getBounds().intersects(bounds)) {
      this.map.fitBounds(bounds, { maxZoom: 17, padding: [60, 60] });
    }
  }
}

export function style() {
  return { color: token('selected'), weight: 3, fillColor: token('primary'), fillOpacity: 0.18, pmIgnore: false };
}

/** The polygons of a geometry as lists of rings. */
export function partsOf(geometry) {
  if (geometry?.type === 'Polygon') return [geometry.coordinates];
  return geometry?.type === 'MultiPolygon' ? geometry.coordinates : [];
}

/** GeoJSON repeats the first corner at the end; Leaflet does not. */
export const toLatLngs = (ring) => ring.slice(0, -1).map(([lon, lat]) => [lat, lon]);
