// A cutting line over a shape that stays as it is, and the parts that the line makes.

import { token } from '../theme.js';
import { partsOf, toLatLngs } from './shape_sketch.js';

const { L } = window;

const DIGITS = 10;

export class LineSketch {
  onChange = () => {};

  constructor(map) {
    this.map = map;
    this.outline = L.featureGroup().addTo(map);
    this.parts = L.featureGroup().addTo(map);
    this.group = L.featureGroup().addTo(map);
    map.on('pm:create', ({ layer }) => {
      this.clear();
      this.add(layer);
      this.onChange();
    });
  }

  get isEmpty() {
    return this.group.getLayers().length === 0;
  }

  /** The shape to be cut, or a line that was typed. */
  load(geometry) {
    if (geometry?.type === 'LineString') {
      this.clear();
      this.add(L.polyline(geometry.coordinates.map(([lon, lat]) => [lat, lon])));
      return;
    }
    if (!geometry) {
      this.clear();
      this.show({});
      return;
    }
    const outlined = { color: token('selected'), weight: 3, fillOpacity: 0.05, pmIgnore: true, snapIgnore: false };
    for (const rings of partsOf(geometry)) this.outline.addLayer(L.polygon(rings.map(toLatLngs), outlined));
  }

  clear() {
    for (const layer of this.group.getLayers()) {
      layer.pm?.disable();
      layer.remove();
    }
    this.group.clearLayers();
  }

  add(layer) {
    layer.setStyle({ color: token('danger'), weight: 3, dashArray: '8 5' });
    layer.options.pmIgnore = false;
    this.group.addLayer(layer);
    layer.on('pm:markerdragend pm:vertexadded pm:vertexremoved', () => this.onChange());
  }

  geometry() {
    const [layer] = this.group.getLayers();
    return layer ? layer.toGeoJSON(DIGITS).geometry : null;
  }

  asked() {
    const geometry = this.geometry();
    return { line: geometry ? JSON.stringify(geometry) : '' };
  }

  /** The parts of the last answer, numbered like the rows of the table. */
  show({ parts = [] }) {
    this.parts.clearLayers();
    parts.forEach((geometry, index) => {
      const drawn = { color: token('primary'), weight: 2, fillColor: token('primary'), fillOpacity: index % 2 ? 0.1 : 0.3 };
      const rings = partsOf(geometry).map((polygon) => polygon.map(toLatLngs));
      const layer = L.polygon(rings, { ...drawn, interactive: false, pmIgnore: true, snapIgnore: true });
      layer.bindTooltip(String(index + 1), { permanent: true, direction: 'center', className: 'part-number' });
      this.parts.addLayer(layer);
    });
    this.group.bringToFront();
  }

  /** The line belongs to the site, which is in view. */
  comeIntoView() {}
}
