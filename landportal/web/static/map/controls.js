// The buttons on the map: zoom, own position, layers, full screen; scale and attribution in its corners.

import { icon } from './icons.js';

const { L } = window;

const ZOOM_OF_OWN_POSITION = 13;

export function buildControls(portal) {
  const { map, words, frame } = portal;
  const stack = document.createElement('div');
  stack.className = 'map-controls';
  const zoomIn = button('plus', words.zoomIn, () => map.zoomIn());
  const zoomOut = button('minus', words.zoomOut, () => map.zoomOut());
  stack.append(zoomIn, zoomOut, ...locateButton(portal), layersButton(portal), ...fullScreenButton(portal));
  frame.append(stack, portal.switchPanel);
  map.on('zoomend', () => limitZoom(map, zoomIn, zoomOut));
  limitZoom(map, zoomIn, zoomOut);
  L.control.scale({ imperial: false, maxWidth: 110 }).addTo(map);
  const attribution = L.control.attribution({ prefix: false }).addTo(map);
  for (const line of portal.settings.attributions) attribution.addAttribution(asHtml('span', line));
  attribution.addAttribution(asHtml('a', words.sources, portal.settings.sources));
}

/** Leaflet takes attributions as HTML; ours are plain text and one link. */
function asHtml(tag, text, address) {
  const element = document.createElement(tag);
  element.textContent = text;
  if (address) element.href = address;
  return element.outerHTML;
}

function button(name, title, onClick) {
  const element = document.createElement('button');
  element.type = 'button';
  element.className = 'map-button';
  element.append(icon(name));
  rename(element, title);
  element.addEventListener('click', onClick);
  return element;
}

function rename(element, title) {
  element.title = title;
  element.setAttribute('aria-label', title);
}

/** A button that is not available stays focusable, so that the keyboard does not lose its place. */
function limitZoom(map, zoomIn, zoomOut) {
  zoomIn.setAttribute('aria-disabled', String(map.getZoom() >= map.getMaxZoom()));
  zoomOut.setAttribute('aria-disabled', String(map.getZoom() <= map.getMinZoom()));
}

function locateButton(portal) {
  const { map, words, settings } = portal;
  if (!navigator.geolocation || settings.mode !== 'search') return [];
  map.on('locationfound', ({ latlng }) => {
    portal.marked.position = { latlng };
    portal.marks.schedule();
    map.setView(latlng, Math.max(map.getZoom(), ZOOM_OF_OWN_POSITION));
  });
  map.on('locationerror', () => portal.tell('notice', words.locateFailed));
  // Asked for on a click alone, never by the page itself.
  return [button('locate-fixed', words.locate, () => map.locate({ timeout: 10_000 }))];
}

function layersButton(portal) {
  const panel = portal.switchPanel;
  const toggle = (open) => {
    panel.hidden = !open;
    opener.setAttribute('aria-expanded', String(open));
    if (open) portal.tell('layersOpened');
  };
  const opener = button('layers', portal.words.layers, () => toggle(panel.hidden));
  opener.setAttribute('aria-controls', panel.id);
  toggle(false);
  panel.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    toggle(false);
    opener.focus();
  });
  portal.map.on('mousedown', () => toggle(false));
  return opener;
}

function fullScreenButton({ frame, words }) {
  if (!document.fullscreenEnabled) return [];
  const element = button('maximize', words.fullScreen, () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else frame.requestFullscreen();
  });
  document.addEventListener('fullscreenchange', () => {
    const isFull = document.fullscreenElement === frame;
    element.replaceChildren(icon(isFull ? 'minimize' : 'maximize'));
    rename(element, isFull ? words.fullScreenEnd : words.fullScreen);
  });
  return [element];
}
