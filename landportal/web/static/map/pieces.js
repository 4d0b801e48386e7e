// What can be built on a parcel, drawn on its map: the land that is lost or restricted, the net area, and the place of
// the hall. The table and the sketch beside the map say the same.

import { onThemeChange, token } from './theme.js';

const { L } = window;

/** Colour, dashes and filling by kind; like the sketch, dashes and strength tell them apart without colour. */
const STYLES = {
  excluded: () => ({ color: token('status-reserved'), weight: 1, fillOpacity: 0.75 }),
  restricted: () => ({ color: token('status-reserved'), weight: 1, dashArray: '3 3', fillOpacity: 0.25 }),
  net: () => ({ color: token('primary'), weight: 2, dashArray: '6 4', fill: false }),
  yard: () => ({ color: token('ink'), weight: 1, fill: false }),
  hall: () => ({ color: token('ink'), weight: 1, fillOpacity: 0.9 }),
};

export async function showPieces(portal) {
  const button = document.querySelector('[data-pieces]');
  if (!button) return;
  const layer = await fetched(portal, button);
  if (!layer) return;
  button.closest('[data-pieces-offer]').hidden = false;
  button.addEventListener('click', () => {
    const isShown = portal.map.hasLayer(layer);
    portal.map[isShown ? 'removeLayer' : 'addLayer'](layer);
    button.setAttribute('aria-pressed', String(!isShown));
  });
  onThemeChange(() => layer.setStyle(styleOf));
  portal.map.addLayer(layer);
}

async function fetched(portal, button) {
  try {
    const answer = await fetch(button.dataset.pieces);
    if (!answer.ok) throw new Error(String(answer.status));
    return L.geoJSON(await answer.json(), {
      pane: 'overlays',
      renderer: L.canvas({ pane: 'overlays' }),
      interactive: false,
      style: styleOf,
    });
  } catch {
    portal.tell('notice', portal.words.piecesFailed);
    return undefined;
  }
}

function styleOf({ properties }) {
  return STYLES[properties.kind]();
}
