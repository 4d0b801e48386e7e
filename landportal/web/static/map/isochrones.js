// From where a parcel is reached within so many minutes, laid over the map when somebody asks for it. The table beside
// the button says the same in numbers.

import { onThemeChange, token } from './theme.js';

const { L } = window;

/** The nearest ring is drawn strongest; dashes tell the rings apart without colour. */
const DASHES = { 15: null, 30: '10 4', 45: '6 4', 60: '2 4' };

export function offerIsochrones(portal) {
  const button = document.querySelector('[data-isochrones]');
  if (!button) return;
  const rings = new Rings(portal, button);
  button.closest('[data-isochrones-offer]').hidden = false;
  button.addEventListener('click', () => rings.turn());
  onThemeChange(() => rings.paint());
}

class Rings {
  constructor(portal, button) {
    Object.assign(this, { portal, button });
  }

  async turn() {
    const { map } = this.portal;
    const isShown = Boolean(this.layer && map.hasLayer(this.layer));
    this.layer ??= await this.fetched();
    if (!this.layer) return;
    // From so far, cells of parcels would lie over everything.
    map[isShown ? 'removeLayer' : 'addLayer'](this.layer);
    map[isShown ? 'addLayer' : 'removeLayer'](this.portal.layers.parcels);
    this.button.setAttribute('aria-pressed', String(!isShown));
    this.portal.repaint();
    if (isShown) map.setView(this.before.centre, this.before.zoom);
    else this.lookFromAfar();
  }

  lookFromAfar() {
    const { map, frame } = this.portal;
    this.before = { centre: map.getCenter(), zoom: map.getZoom() };
    map.fitBounds(this.layer.getBounds());
    const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    frame.scrollIntoView({ block: 'center', behavior: calm ? 'auto' : 'smooth' });
  }

  async fetched() {
    try {
      const answer = await fetch(this.button.dataset.isochrones);
      if (!answer.ok) throw new Error(String(answer.status));
      return this.drawn(await answer.json());
    } catch {
      this.portal.tell('notice', this.portal.words.isochronesFailed);
      return undefined;
    }
  }

  drawn(collection) {
    const { map, words } = this.portal;
    const layer = L.geoJSON(collection, {
      pane: 'overlays',
      renderer: L.canvas({ pane: 'overlays' }),
      interactive: false,
      style: (feature) => styleOf(feature.properties.minutes),
    });
    for (const feature of collection.features) {
      const text = document.createElement('span');
      text.textContent = words.isochroneMinutes.replace('{minutes}', feature.properties.minutes);
      const label = L.tooltip({ permanent: true, direction: 'top', className: 'map-ring-label', pane: 'marks' });
      layer.addLayer(label.setLatLng(northOf(feature)).setContent(text));
    }
    const place = map.portal.home.getCenter();
    return layer.addLayer(L.circleMarker(place, { pane: 'labels', radius: 5, interactive: false, color: token('ink') }));
  }

  paint() {
    this.layer?.eachLayer((ring) => ring.feature && ring.setStyle(styleOf(ring.feature.properties.minutes)));
  }
}

function styleOf(minutes) {
  const colour = token('overlay-1');
  return {
    color: colour,
    weight: 2,
    dashArray: DASHES[minutes],
    fillColor: colour,
    fillOpacity: 0.08,
  };
}

/** The northernmost corner: labels of rings inside each other stand above one another. */
function northOf({ geometry }) {
  let north = [0, -90];
  for (const [outline] of geometry.coordinates) {
    for (const place of outline) if (place[1] > north[1]) north = place;
  }
  return [north[1], north[0]];
}
