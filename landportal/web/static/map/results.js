// List and map as one: pointing at a card marks its parcel, pointing at a parcel marks its card, new results bring a
// new query. The list itself is made by the server and replaced by js/search.js; here it is only listened to.

const { L } = window;

const LIST = '#results';
const CARD = '[data-number]';
const REST_MS = 150;

export function followResults(portal) {
  const list = new ResultList(portal);
  document.addEventListener('mouseover', (event) => list.point(event.target));
  document.addEventListener('focusin', (event) => list.point(event.target));
  document.addEventListener('click', (event) => {
    if (event.target.closest?.('[data-take-map-section]')) takeSection(portal.map);
    else list.click(event);
  });
  document.addEventListener('landportal:results', ({ detail }) => list.renew(detail));
  portal.on('hover', (number) => list.mark('is-highlighted', number));
  portal.on('select', (number) => list.choose(number));
}

/** Writes the section shown into the filter's field; the page searches as if somebody had typed it. */
function takeSection(map) {
  const shown = map.getBounds();
  const field = document.querySelector('[name="bbox"]');
  field.value = [shown.getWest(), shown.getSouth(), shown.getEast(), shown.getNorth()]
    .map((degrees) => degrees.toFixed(4)).join(',');
  field.dispatchEvent(new Event('input', { bubbles: true }));
}

class ResultList {
  constructor(portal) {
    this.portal = portal;
    this.places = new Map();
  }

  card(number) {
    return number ? document.querySelector(`${LIST} [data-number="${CSS.escape(number)}"]`) : null;
  }

  /** Marks the parcel of the card that `target` lies in; outside the list nothing is marked from here. */
  point(target) {
    const card = target.closest?.(`${LIST} ${CARD}`);
    const number = card?.dataset.number ?? null;
    if (number === this.pointed) return;
    this.pointed = number;
    this.portal.highlight(number);
    clearTimeout(this.resting);
    // From afar its cell is marked, once the pointer rests: not every card it passes is asked for.
    if (card && this.portal.layout.cells.length) this.resting = setTimeout(() => this.pointCell(card), REST_MS);
  }

  async pointCell(card) {
    const place = await this.placeOf(card.dataset.number);
    if (!place || this.pointed !== card.dataset.number) return;
    this.portal.highlight(place.facts.number, this.portal.cellOf(place.bounds.getCenter()));
  }

  mark(className, number) {
    for (const old of document.querySelectorAll(`${LIST} .${className}`)) old.classList.remove(className);
    this.card(number)?.classList.add(className);
  }

  choose(number) {
    this.mark('is-selected', number);
    this.card(number)?.scrollIntoView({ block: 'nearest' });
  }

  async click(event) {
    const button = event.target.closest?.(`${LIST} [data-show-on-map]`);
    const number = button?.closest(CARD)?.dataset.number;
    if (!number) return;
    event.preventDefault();
    const place = await this.placeOf(number);
    if (place) this.show(place, button);
  }

  show({ facts, bounds }, button) {
    const { portal } = this;
    // On a phone the page may have been scrolled far down the list that the map now replaces.
    portal.frame.scrollIntoView({ block: isNarrow() ? 'end' : 'nearest' });
    portal.map.getContainer().focus({ preventScroll: true });
    portal.position.fit(bounds, roomBesideCard());
    portal.select(facts.number, bounds.getCenter());
    portal.card.show(facts, { returnTo: button });
  }

  /** Where a parcel lies and what the tiles say about it, from its GeoJSON; null when that does not come. */
  async placeOf(number) {
    if (!this.places.has(number)) {
      const address = `${this.portal.settings.parcels}/${encodeURIComponent(number)}.geojson`;
      const answer = await fetch(address).catch(() => null);
      if (!answer?.ok) return null;
      const feature = await answer.json();
      this.places.set(number, { facts: factsOf(feature.properties), bounds: L.geoJSON(feature).getBounds() });
    }
    return this.places.get(number);
  }

  renew({ query, bounds }) {
    this.portal.card.close();
    this.portal.layers.parcels.setQuery(query);
    this.portal.position.fitResults(bounds && toBounds(bounds));
  }
}

const isNarrow = () => window.matchMedia('(max-width: 600px)').matches;

/** The card lies top left, on a phone at the foot, the buttons at the right: the parcel goes between. */
function roomBesideCard() {
  return isNarrow()
    ? { paddingTopLeft: [40, 70], paddingBottomRight: [80, 200] }
    : { paddingTopLeft: [60, 180], paddingBottomRight: [90, 60] };
}

/** A parcel's GeoJSON properties in the names of the tiles. */
function factsOf({ number, status, zone, zone_restricted: restricted, area_m2: area }) {
  return { number, status, zone, restricted, ha: area / 10_000 };
}

function toBounds([west, south, east, north]) {
  return L.latLngBounds([south, west], [north, east]);
}
