// Layers that planners published, as overlays: a switch for each, all off at first. Their list is fetched when the
// panel of layers is first opened, their tiles when one is switched on. Every text goes in as text, never as HTML.

import { distanceTo, contains } from './geometry.js';
import { vectorTiles } from './layers.js';
import { ObjectCard } from './object_card.js';
import { swatch } from './symbols.js';

/** How near a click must come to a point or a line, in CSS pixels. */
const REACH_PX = 8;

export function offerOverlays(portal) {
  const overlays = new Overlays(portal);
  portal.on('layersOpened', () => overlays.list());
  return overlays;
}

class Overlays {
  constructor(portal) {
    this.portal = portal;
    this.card = new ObjectCard(portal);
    /** Those that are on, the one switched on last at the end. */
    this.on = [];
  }

  /** Fetches the list once; after a failure the next opening tries again. */
  async list() {
    if (this.isListed) return;
    this.isListed = true;
    try {
      const answer = await fetch(this.portal.settings.overlays);
      if (!answer.ok) throw new Error(String(answer.status));
      const { layers } = await answer.json();
      if (layers.length) this.portal.switchPanel.append(this.group(layers));
    } catch {
      this.isListed = false;
      this.portal.tell('notice', this.portal.words.layersFailed);
    }
  }

  group(layers) {
    const group = document.createElement('fieldset');
    const legend = document.createElement('legend');
    legend.textContent = this.portal.words.layersPublished;
    group.append(legend, ...layers.map((told, place) => this.switchFor({ ...told, place })));
    return group;
  }

  switchFor(told) {
    const label = document.createElement('label');
    const input = document.createElement('input');
    input.type = 'checkbox';
    input.name = `overlay-${told.name}`;
    const text = document.createElement('span');
    text.textContent = told.title;
    input.addEventListener('change', () => this.turn(told, input.checked));
    label.append(input, text, swatch('overlay', told.place));
    this.portal.on('repainted', () => label.lastChild.replaceWith(swatch('overlay', told.place)));
    return label;
  }

  turn(told, isOn) {
    const { map, layers } = this.portal;
    const key = `overlay ${told.name}`;
    if (!layers[key]) {
      layers[key] = vectorTiles({ tiles: 'overlay', url: told.tiles, query: '', place: told.place });
      layers[key].getAttribution = () => credit(told);
      this.portal.tell('layerMade', layers[key]);
    }
    map[isOn ? 'addLayer' : 'removeLayer'](layers[key]);
    this.on = this.on.filter(({ name }) => name !== told.name);
    if (isOn) this.on.push(told);
    else this.close();
    this.portal.frame.dataset.overlays = this.on.map(({ name }) => name).join(' ');
  }

  /** The object at a layer point, the topmost one: { told, facts }. */
  at(point) {
    for (const told of [...this.on].reverse()) {
      const facts = factsAt(this.portal.layers[`overlay ${told.name}`].inView(), point);
      if (facts) return { told, facts };
    }
    return undefined;
  }

  /** Shows the object at a layer point, or none; tells whether there was one. */
  openAt(point, byKey) {
    const found = this.portal.isDrawnOn ? undefined : this.at(point);
    if (found) this.card.show(found.told, found.facts, byKey);
    else this.card.close();
    return Boolean(found);
  }

  close() {
    this.card.close();
  }

  leave() {
    this.card.leave();
  }
}

/** Leaflet takes attributions as HTML. */
function credit({ title, attribution }) {
  const line = document.createElement('span');
  line.textContent = `${title}: ${attribution}`;
  return line.outerHTML;
}

/** Tiles list the largest first, so the smallest at the point is found from the end. */
function factsAt(views, { x, y }) {
  for (const view of views) {
    if (x < view.left || y < view.top || x >= view.left + view.side || y >= view.top + view.side) continue;
    const layer = view.layers.features;
    if (!layer) return undefined;
    const scale = view.side / layer.extent;
    const place = [(x - view.left) / scale, (y - view.top) / scale];
    return layer.features.findLast((feature) => isAt(feature, place, REACH_PX / scale))?.facts;
  }
  return undefined;
}

function isAt({ type, rings, box }, [x, y], reach) {
  if (x < box.minX - reach || x > box.maxX + reach || y < box.minY - reach || y > box.maxY + reach) return false;
  if (type === 3) return contains(rings, x, y);
  return distanceTo(type === 1 ? rings.flat().map((point) => [point]) : rings, x, y) <= reach;
}
