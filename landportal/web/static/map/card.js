// The card of the chosen parcel. The tile's facts are shown at once, the rest follows from the parcel's GeoJSON.
// Every text goes in as text, never as HTML: names come from files that anybody may have written.

import { ageOf } from './age.js';
import { closeButton, element } from './card_parts.js';

export function buildCard(portal) {
  const card = new Card(portal);
  // Right behind the map in the order of the keyboard: it is what Enter on the map leads to.
  portal.map.getContainer().after(card.box);
  return card;
}

class Card {
  constructor(portal) {
    this.portal = portal;
    this.box = element('section', 'map-card');
    this.box.hidden = true;
    this.box.setAttribute('aria-label', portal.words.card);
  }

  /** Shows a parcel; `returnTo` is where the focus goes when the card is left by key. */
  show(facts, { takesFocus = false, returnTo = null } = {}) {
    this.fetching?.abort();
    this.fetching = new AbortController();
    this.returnTo = returnTo;
    this.write(facts, null);
    this.box.hidden = false;
    if (takesFocus) this.link.focus();
    this.complete(facts, this.fetching.signal);
  }

  close() {
    if (this.box.hidden) return;
    if (this.box.contains(document.activeElement)) this.portal.map.getContainer().focus();
    this.fetching?.abort();
    this.box.hidden = true;
    // On a parcel's own page that parcel stays chosen.
    this.portal.select(this.portal.settings.number);
  }

  /** Closes and goes back to where one was. */
  leave() {
    if (this.box.hidden) return;
    const { returnTo } = this;
    this.close();
    if (returnTo?.isConnected) returnTo.focus();
  }

  async complete(facts, signal) {
    try {
      const answer = await fetch(`${this.address(facts)}.geojson`, { signal });
      if (!answer.ok) throw new Error(String(answer.status));
      const { properties } = await answer.json();
      this.write({ ...facts, ...known(properties) }, properties);
    } catch (problem) {
      if (problem.name !== 'AbortError') this.note.textContent = this.portal.words.cardFailed;
    }
  }

  address({ number }) {
    return `${this.portal.settings.parcels}/${encodeURIComponent(number)}`;
  }

  write(facts, details) {
    const { words, numbers } = this.portal;
    const hadFocus = this.box.contains(document.activeElement);
    const name = element('p', 'map-card__name', (details && this.name(details)) || facts.number);
    const zone = facts.zone ? `${facts.zone}${facts.restricted ? 'e' : ''}` : null;
    const line = [numbers.parcelHectares(facts.ha), zone, details && this.price(details)].filter(Boolean).join(' · ');
    const state = element('p', 'map-card__state');
    state.append(this.status(facts.status));
    if (details) state.append(ageOf(details.confirmed_at, this.portal));
    this.note = element('p', 'map-card__note');
    this.link = element('a', 'map-card__link', words.viewSite);
    this.link.href = this.address(facts);
    this.box.replaceChildren(closeButton(this), name, element('p', 'map-card__facts', line), state, this.note, this.link);
    if (hadFocus) this.link.focus();
  }

  name({ name_de: german, name_en: english }) {
    return this.portal.settings.lang === 'de' ? german || english : english || german;
  }

  price({ price_eur_m2: price, price_on_request: isOnRequest }) {
    if (typeof price === 'number') return this.portal.numbers.price(price);
    return isOnRequest ? this.portal.words.onRequest : null;
  }

  status(code) {
    const { letter, label } = this.portal.words.statuses[code] ?? { letter: '', label: code };
    const whole = element('span', `status status-${code}`);
    const sign = element('span', 'status-letter', letter);
    sign.setAttribute('aria-hidden', 'true');
    whole.append(sign, ` ${label}`);
    return whole;
  }
}

/** What the GeoJSON says as well as the tile, and more exactly. */
function known(properties) {
  const facts = {};
  if (properties.area_m2) facts.ha = properties.area_m2 / 10_000;
  if (properties.status) facts.status = properties.status;
  if (properties.zone) Object.assign(facts, { zone: properties.zone, restricted: properties.zone_restricted });
  return facts;
}
