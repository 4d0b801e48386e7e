// What the map says when something does not come, and when it tries again. The list works on in any case.

import { icon } from './icons.js';

const TRY_AGAIN_MS = 8_000;
const ANSWER_WITHIN_MS = 1_500;
const NOTICE_MS = 6_000;

export function watchFailures(portal) {
  const box = document.createElement('div');
  box.className = 'map-notices';
  box.setAttribute('role', 'status');
  portal.frame.append(box);
  const notices = new Notices(box);
  portal.on('notice', (text) => {
    notices.show('passing', text);
    setTimeout(() => notices.hide('passing'), NOTICE_MS);
  });
  watchBaseMap(portal, notices);
  watchTiles(portal, notices);
}

class Notices {
  constructor(box) {
    this.box = box;
    this.shown = new Map();
  }

  show(key, text) {
    this.hide(key);
    const notice = document.createElement('p');
    notice.className = 'map-notice';
    const words = document.createElement('span');
    words.textContent = text;
    notice.append(icon('triangle-alert'), words);
    this.shown.set(key, notice);
    this.box.append(notice);
  }

  hide(key) {
    this.shown.get(key)?.remove();
    this.shown.delete(key);
  }
}

/** The base map counts as live from its first picture on; until then, and without it, our own names and roads show. */
function watchBaseMap(portal, notices) {
  const layer = portal.layers.basemap;
  if (!layer) return;
  const setLive = (isLive) => {
    if (portal.map.portal.isBaseMapLive === isLive) return;
    portal.map.portal.isBaseMapLive = isLive;
    portal.repaint();
  };
  layer.on('tileload', () => {
    notices.hide('basemap');
    setLive(true);
  });
  layer.on('tileerror', () => {
    if (portal.map.portal.isBaseMapLive || portal.isBaseMapDownTold) return;
    portal.isBaseMapDownTold = true;
    notices.show('basemap', portal.words.baseMapDown);
    setTimeout(() => notices.hide('basemap'), NOTICE_MS);
  });
  layer.on('remove', () => setLive(false));
}

/** One notice for all layers, as long as any tile of the view is missing. */
function watchTiles(portal, notices) {
  let timer = null;
  let isDown = false;
  const tryAgain = () => {
    timer = null;
    isDown = false;
    for (const layer of Object.values(portal.layers)) layer.retry?.();
    setTimeout(() => isDown || notices.hide('tiles'), ANSWER_WITHIN_MS);
  };
  const fail = () => {
    if (!isDown) notices.show('tiles', portal.words.tilesDown);
    isDown = true;
    timer ??= setTimeout(tryAgain, TRY_AGAIN_MS);
  };
  const watch = (layer) => layer.on('tilesdown', fail);
  Object.values(portal.layers).forEach(watch);
  portal.on('layerMade', watch);
}
