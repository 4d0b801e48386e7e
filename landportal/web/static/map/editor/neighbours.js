// Neighbouring parcels with their exact corners, to snap to; the tiles below show them too, but only to the pixel.

import { token } from '../theme.js';

const { L } = window;

const ZOOM_FROM = 14;

export function followNeighbours(map, address, own) {
  const group = L.layerGroup().addTo(map);
  let asked = null;
  const renew = async () => {
    asked?.abort();
    if (map.getZoom() < ZOOM_FROM) {
      group.clearLayers();
      return;
    }
    asked = new AbortController();
    const box = map.getBounds().pad(0.1);
    const corners = [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()].map((side) => side.toFixed(5));
    const answer = await fetch(`${address}?bbox=${corners}`, { signal: asked.signal }).catch(() => null);
    if (!answer?.ok) return;
    const { features } = await answer.json();
    group.clearLayers();
    const others = features.filter(({ properties }) => properties.number !== own);
    const drawn = { color: token('ink-2'), weight: 1, fill: false, interactive: false, pmIgnore: true, snapIgnore: false };
    L.geoJSON({ type: 'FeatureCollection', features: others }, { ...drawn, style: drawn }).addTo(group);
  };
  map.on('moveend', renew);
  renew();
}
