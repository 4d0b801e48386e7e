// The card of an object of a published layer: its attributes under the titles its file gave them. What the tile holds
// is shown at once, everything else follows from the object's own address. Every text goes in as text.

import { closeButton, element } from './card_parts.js';

/** The attribute of a tile that holds the object's key. */
const KEY = '@id';

export class ObjectCard {
  constructor(portal) {
    this.portal = portal;
    this.box = element('section', 'map-card map-card--object');
    this.box.hidden = true;
    this.box.setAttribute('aria-label', portal.words.feature);
    portal.map.getContainer().after(this.box);
  }

  show(told, facts, byKey) {
    this.fetching?.abort();
    this.fetching = new AbortController();
    this.returnTo = byKey ? this.portal.map.getContainer() : null;
    const address = `${told.items}/${encodeURIComponent(facts[KEY])}`;
    this.write(told, facts, address);
    this.box.hidden = false;
    if (byKey) this.link.focus();
    this.complete(told, address, this.fetching.signal);
  }

  close() {
    if (this.box.hidden) return;
    if (this.box.contains(document.activeElement)) this.portal.map.getContainer().focus();
    this.fetching?.abort();
    this.box.hidden = true;
  }

  /** Closes and goes back to where one was. */
  leave() {
    if (this.box.hidden) return;
    const { returnTo } = this;
    this.close();
    if (returnTo?.isConnected) returnTo.focus();
  }

  /** Without an answer what the tile holds stays. */
  async complete(told, address, signal) {
    try {
      const answer = await fetch(address, { signal, headers: { Accept: 'application/geo+json' } });
      if (!answer.ok) return;
      const { properties } = await answer.json();
      this.list.replaceChildren(...this.lines(told, properties));
    } catch {
      // The network is away or another object was chosen.
    }
  }

  write(told, facts, address) {
    this.list = element('dl', 'map-card__attributes');
    this.list.append(...this.lines(told, facts));
    this.link = element('a', 'map-card__link', this.portal.words.featureData);
    this.link.href = `${address}?f=html`;
    const name = element('p', 'map-card__name', told.title);
    const note = element('p', 'map-card__note', told.attribution);
    this.box.replaceChildren(closeButton(this), name, this.list, note, this.link);
  }

  lines({ fields }, facts) {
    return fields
      .filter(([name]) => facts[name] !== undefined && facts[name] !== null)
      .flatMap(([name, title]) => [element('dt', '', title), element('dd', '', this.spoken(facts[name]))]);
  }

  spoken(value) {
    if (typeof value === 'boolean') return this.portal.words[value ? 'yes' : 'no'];
    if (Array.isArray(value)) return value.join(', ');
    return typeof value === 'number' ? this.portal.numbers.plain(value) : String(value);
  }
}
