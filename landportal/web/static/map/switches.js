// Which layers are on, and the panel with a switch for each. A layer none of whose kinds is on is not on the map at
// all and fetches nothing.

import { icon } from './icons.js';
import { CONSTRAINTS, DISC_ICONS, swatch } from './symbols.js';

/** At most five are on at first; the parcels themselves are always on. */
const ON_AT_FIRST = ['basemap', 'borders', 'areas', 'motorways'];

const TRAFFIC_AND_SUPPLY = ['motorways', 'rail_freight', 'station', 'airport', 'airfield', 'substation'];

const GROUPS = {
  layersGround: ['basemap', 'borders', 'areas'],
  layersInfrastructure: TRAFFIC_AND_SUPPLY,
  layersConstraints: CONSTRAINTS,
};

/** Which kinds bring a layer onto the map. The administrative units stay: they carry the plain ground. */
const LAYER_OF = {
  basemap: ['basemap'],
  areas: ['areas'],
  infrastructure: TRAFFIC_AND_SUPPLY,
  constraints: CONSTRAINTS,
};

export function buildSwitches(portal) {
  for (const kind of ON_AT_FIRST) portal.shown.add(kind);
  apply(portal);
  portal.switchPanel = panel(portal);
}

function apply(portal) {
  const { layers, map, shown } = portal;
  for (const [name, kinds] of Object.entries(LAYER_OF)) {
    const layer = layers[name];
    if (!layer) continue;
    const wanted = kinds.some((kind) => shown.has(kind));
    if (wanted !== map.hasLayer(layer)) map[wanted ? 'addLayer' : 'removeLayer'](layer);
  }
}

function panel(portal) {
  const box = document.createElement('div');
  box.className = 'map-panel';
  box.id = `${portal.map.getContainer().id}-layers`;
  box.hidden = true;
  box.setAttribute('role', 'group');
  box.setAttribute('aria-label', portal.words.layers);
  for (const [title, kinds] of Object.entries(GROUPS)) {
    const group = document.createElement('fieldset');
    const legend = document.createElement('legend');
    legend.textContent = portal.words[title];
    group.append(legend);
    const offered = kinds.filter((kind) => kind !== 'basemap' || portal.layers.basemap);
    for (const kind of offered) group.append(switchFor(kind, portal));
    box.append(group);
  }
  return box;
}

function switchFor(kind, portal) {
  const label = document.createElement('label');
  const input = document.createElement('input');
  input.type = 'checkbox';
  input.name = `layer-${kind}`;
  input.checked = portal.shown.has(kind);
  input.addEventListener('change', () => {
    if (input.checked) portal.shown.add(kind);
    else portal.shown.delete(kind);
    apply(portal);
    portal.repaint();
  });
  const text = document.createElement('span');
  text.textContent = portal.words.kinds[kind];
  label.append(input, text);
  const sign = signOf(kind);
  if (sign) label.append(sign);
  return label;
}

/** The symbol beside a switch, so that the panel explains what it switches. */
function signOf(kind) {
  if (CONSTRAINTS.includes(kind)) return swatch('constraint', kind);
  if (kind === 'motorways') return swatch('motorway');
  return DISC_ICONS[kind] ? icon(DISC_ICONS[kind]) : null;
}
