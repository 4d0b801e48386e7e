// Icons of the sprite vendor/icons.svg: as elements for buttons, as pictures for canvas. Names are kept in icons.txt.

import { onThemeChange, token } from './theme.js';

const SVG = 'http://www.w3.org/2000/svg';

let address = '';
let sprite = null;
let pictures = new Map();
const listeners = new Set();

/** Says where the sprite is; must come before anything else here. */
export function useSprite(url) {
  address = url;
}

/** An icon beside a text or in a named button. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('viewBox', '0 0 24 24');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `${address}#${name}`);
  svg.append(use);
  return svg;
}

/** The icon as a picture in the ink colour, or null until it is there; `onPictures` tells when. */
export function picture(name) {
  if (!pictures.has(name)) {
    pictures.set(name, null);
    draw(name).catch(() => {});
  }
  return pictures.get(name);
}

export function onPictures(listener) {
  listeners.add(listener);
}

onThemeChange(() => {
  pictures = new Map();
});

async function fetchSprite() {
  const answer = await fetch(address);
  return new DOMParser().parseFromString(await answer.text(), 'image/svg+xml');
}

async function draw(name) {
  sprite ??= fetchSprite();
  const symbol = (await sprite).getElementById(name);
  if (!symbol) return;
  const svg = document.createElementNS(SVG, 'svg');
  for (const { name: key, value } of symbol.attributes) if (key !== 'id') svg.setAttribute(key, value);
  svg.setAttribute('width', '48');
  svg.setAttribute('height', '48');
  // A picture stands alone: currentColor would be black in it.
  svg.setAttribute('stroke', token('ink'));
  for (const shape of symbol.children) svg.append(shape.cloneNode(true));
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(svg))}`;
  await image.decode();
  pictures.set(name, image);
  for (const listener of listeners) listener();
}
