// Ties the parts of one map together: what is shown and marked, and who is told when that changes. The parts
// themselves (controls, legend, card, list, position in the address) live in modules of their own.

import { buildCard } from './card.js';
import { cellAt } from './cells.js';
import { buildControls } from './controls.js';
import { useSprite, onPictures } from './icons.js';
import { offerIsochrones } from './isochrones.js';
import { drawLabels } from './labels.js';
import { buildLegend } from './legend.js';
import { drawMarks } from './marks.js';
import { numbersFor } from './numbers.js';
import { showPieces } from './pieces.js';
import { offerOverlays } from './overlays.js';
import { parcelAt } from './parcel_labels.js';
import { followPosition } from './position.js';
import { followResults } from './results.js';
import { Sheet } from './sheet.js';
import { buildSwitches } from './switches.js';
import { onThemeChange } from './theme.js';
import { watchFailures } from './failures.js';

const { L } = window;

/** How far one click on a cell goes in. */
const CELL_ZOOM_STEP = 2;

/** `layers` are Folium's: vector tile layers by the name of their tiles, and `basemap` where one is configured. */
export function start(map, settings, layers) {
  useSprite(settings.icons);
  const frame = map.getContainer().closest('[data-map-frame]');
  const portal = new Portal(map, settings, layers, frame);
  portal.dress();
  document.dispatchEvent(new CustomEvent('landportal:map-started', { detail: portal }));
}

/** Leaflet focuses the map on every press of a button, which browsers may show like a focus by key. */
function showFocusOfKeysAlone(frame, container) {
  let isPointer = false;
  document.addEventListener('pointerdown', () => { isPointer = true; }, true);
  document.addEventListener('keydown', () => { isPointer = false; }, true);
  const show = () => frame.classList.toggle('has-focus-by-key', document.activeElement === container && !isPointer);
  for (const moment of ['focus', 'blur', 'keydown', 'pointerdown']) container.addEventListener(moment, show);
}

/** On a page that scrolls, the wheel zooms the map only once somebody has turned to the map. */
function leaveWheelToPage(map) {
  map.scrollWheelZoom.disable();
  map.on('focus', () => map.scrollWheelZoom.enable());
  map.on('blur', () => map.scrollWheelZoom.disable());
}

class Portal {
  constructor(map, settings, layers, frame) {
    Object.assign(this, { map, settings, layers, frame, words: settings.words });
    this.numbers = numbersFor(settings.lang);
    this.shown = map.portal.shown;
    /** Clicks set corners there; they choose nothing. */
    this.isDrawnOn = settings.mode === 'editor';
    this.marked = {};
    this.layout = { cells: [], steps: [] };
    this.listeners = new Map();
  }

  /** Builds the sheets and all that surrounds the drawing. */
  dress() {
    const { map } = this;
    this.labels = new Sheet((context, bounds) => this.drawLabels(context, bounds), { pane: 'labels' });
    this.marks = new Sheet((context) => drawMarks(context, this.scene()), { pane: 'marks' });
    // The position first: a map without a view cannot hold layers.
    this.position = followPosition(this);
    buildSwitches(this);
    buildControls(this);
    buildLegend(this);
    this.card = buildCard(this);
    watchFailures(this);
    this.overlays = offerOverlays(this);
    offerIsochrones(this);
    showPieces(this);
    this.describe();
    this.listen();
    this.labels.addTo(map);
    this.marks.addTo(map);
    if (this.settings.mode === 'search') followResults(this);
    else leaveWheelToPage(map);
    if (this.settings.number) this.select(this.settings.number);
  }

  describe() {
    const container = this.map.getContainer();
    const hint = document.createElement('p');
    hint.id = `${container.id}-hint`;
    hint.className = 'map-hidden';
    hint.textContent = this.words.hint;
    container.setAttribute('role', 'application');
    container.setAttribute('aria-label', this.words.map);
    container.setAttribute('aria-describedby', hint.id);
    this.frame.prepend(hint);
    const centre = document.createElement('span');
    centre.className = 'map-centre';
    centre.setAttribute('aria-hidden', 'true');
    this.frame.append(centre);
    showFocusOfKeysAlone(this.frame, container);
  }

  listen() {
    const { map } = this;
    for (const layer of Object.values(this.layers)) {
      layer.on('tilesready', () => {
        this.labels.schedule();
        this.marks.schedule();
      });
    }
    onThemeChange(() => this.repaint());
    onPictures(() => this.labels.schedule());
    map.on('mousemove', (event) => this.hoverAt(event.layerPoint));
    map.on('mouseout', () => this.hover(null));
    map.on('click', (event) => this.openAt(event.layerPoint));
    map.on('movestart', () => this.hover(null));
    map.getContainer().addEventListener('keydown', (event) => this.onKey(event));
    this.frame.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      this.card.leave();
      this.overlays.leave();
    });
  }

  scene() {
    return {
      zoom: this.map.getZoom(),
      lang: this.settings.lang,
      shown: this.shown,
      marked: this.marked,
      numbers: this.numbers,
      parcels: this.layers.parcels,
      infrastructure: this.layers.infrastructure,
      areas: this.layers.areas,
      adminUnits: this.layers['admin-units'],
      onBaseMap: () => this.map.portal.isBaseMapLive,
      toLayerPoint: (latlng) => this.map.latLngToLayerPoint(latlng),
    };
  }

  drawLabels(context, bounds) {
    this.layout = drawLabels(context, bounds, this.scene());
    this.markCell();
    this.frame.dataset.cells = this.layout.cells.length;
    this.frame.dataset.parcels = this.layout.parcels;
    this.tell('layout', this.layout);
  }

  /** Draws everything anew: other colours, other switches. */
  repaint() {
    for (const layer of Object.values(this.layers)) layer.repaint?.();
    this.labels.schedule();
    this.marks.schedule();
    this.tell('repainted');
  }

  on(name, listener) {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener]);
  }

  tell(name, detail) {
    for (const listener of this.listeners.get(name) ?? []) listener(detail);
  }

  // Pointing and choosing

  hoverAt(point) {
    if (this.isDrawnOn) return;
    const cell = cellAt(this.layout.cells, point);
    const facts = cell ? undefined : parcelAt(this.layers.parcels.inView(), point);
    const isOver = Boolean(cell || facts || this.overlays.at(point));
    this.map.getContainer().classList.toggle('is-pointing', isOver);
    this.hover(facts?.number ?? null, cell);
  }

  /** Highlights what the pointer is at on the map; the list is told. */
  hover(number, cell) {
    if (this.marked.hovered === number && this.marked.hoveredCell === cell) return;
    this.highlight(number, cell);
    this.tell('hover', number);
  }

  /** Highlights a parcel, or the cell that stands for it. */
  highlight(number, cell) {
    this.marked.hovered = number;
    this.marked.hoveredCell = cell;
    this.marks.schedule();
    this.frame.dataset.hovered = number ?? '';
  }

  /** Chooses a parcel; `latlng` tells where it is while cells stand for it. */
  select(number, latlng) {
    this.marked.selected = number;
    this.marked.selectedAt = latlng ?? null;
    this.markCell();
    this.marks.schedule();
    this.frame.dataset.selected = number ?? '';
    this.tell('select', number);
  }

  /** The cell that stands for a place, where cells are shown. */
  cellOf(latlng) {
    if (this.layout.cells.length === 0) return undefined;
    return cellAt(this.layout.cells, this.map.latLngToLayerPoint(latlng));
  }

  markCell() {
    const { selectedAt, selectedCell } = this.marked;
    const cell = selectedAt ? this.cellOf(selectedAt) : undefined;
    if (cell !== selectedCell) {
      this.marked.selectedCell = cell;
      this.marks.schedule();
    }
  }

  /** Opens what lies at a layer point: a parcel's card, or the inside of a cell. Tells whether there was anything. */
  openAt(point, byKey = false) {
    if (this.isDrawnOn) return true;
    const cell = cellAt(this.layout.cells, point);
    if (cell) {
      const centre = this.map.layerPointToLatLng([cell.x, cell.y]);
      this.map.setView(centre, this.map.getZoom() + CELL_ZOOM_STEP);
      return true;
    }
    const facts = parcelAt(this.layers.parcels.inView(), point);
    if (facts) {
      this.overlays.close();
      this.open(facts, byKey);
      return true;
    }
    this.card.close();
    return this.overlays.openAt(point, byKey);
  }

  open(facts, byKey = false) {
    this.select(facts.number);
    this.card.show(facts, { takesFocus: byKey, returnTo: byKey ? this.map.getContainer() : null });
  }

  onKey(event) {
    if (event.target !== this.map.getContainer() || event.key !== 'Enter') return;
    event.preventDefault();
    const centre = this.map.containerPointToLayerPoint(this.map.getSize().divideBy(2).round());
    if (!this.openAt(centre, true)) this.tell('notice', this.words.nothingHere);
  }
}
