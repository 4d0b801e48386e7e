// The legend: hectares per cell from afar, the statuses when close. Closed on a phone.

import { icon } from './icons.js';
import { swatch } from './symbols.js';

const STATUSES_SHOWN = ['available', 'reserved', 'optioned', 'preparing', 'sold', 'leased', 'own_use'];
const ZOOM_OF_PARCELS = 11;

export function buildLegend(portal) {
  const box = document.createElement('details');
  box.className = 'map-legend';
  // On a small map it would cover what it explains.
  box.open = portal.settings.mode === 'search' && window.matchMedia('(min-width: 601px)').matches;
  const title = document.createElement('summary');
  const list = document.createElement('ul');
  box.append(title, list);
  portal.frame.append(box);

  let written = '';
  const write = (isAnew) => {
    const isFar = portal.map.getZoom() < ZOOM_OF_PARCELS;
    const content = isFar ? `cells ${portal.layout.steps}` : 'statuses';
    if (content === written && !isAnew) return;
    written = content;
    const name = document.createElement('span');
    name.textContent = isFar ? portal.words.hectaresPerCell : portal.words.status;
    const brief = document.createElement('span');
    brief.className = 'map-legend__brief';
    brief.textContent = portal.words.legend;
    title.replaceChildren(icon('layers'), name, brief, icon('chevron-down'));
    list.replaceChildren(...(isFar ? cellLines(portal) : statusLines(portal)));
  };
  portal.on('layout', () => write(false));
  portal.on('repainted', () => write(true));
  portal.map.on('zoomend', () => write(false));
  write(true);
}

function line(sign, text) {
  const item = document.createElement('li');
  const words = document.createElement('span');
  words.textContent = text;
  item.append(sign, words);
  return item;
}

function statusLines({ words }) {
  return STATUSES_SHOWN.map((code) => {
    const { letter, label } = words.statuses[code];
    return line(swatch('status', code), `${letter} · ${label}`);
  });
}

function cellLines({ words, numbers, layout }) {
  if (layout.steps.length === 0) return [];
  const [low, middle, high] = layout.steps.map(numbers.limit);
  return [
    filled(words.below, { high: low }),
    filled(words.between, { low, high: middle }),
    filled(words.between, { low: middle, high }),
    filled(words.above, { low: high }),
  ].map((text, index) => line(swatch('cell', index + 1), text));
}

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
}
