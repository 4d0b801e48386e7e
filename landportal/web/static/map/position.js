// Where the map looks: from the address (#zoom/lat/lon), else at the results. The address follows once a visitor has
// moved the map by hand; from then on new results do not move it any more.

const HASH = /^#(\d{1,2})\/(-?\d{1,2}(?:\.\d+)?)\/(-?\d{1,3}(?:\.\d+)?)$/;
/** No closer by itself: what lies around a parcel belongs to it. */
const ZOOM_OF_ONE_PARCEL = 16;

const { L } = window;

export function followPosition(portal) {
  const { map } = portal;
  const follower = new Position(portal);
  map.on('movestart zoomstart', () => follower.onStart());
  map.on('moveend', () => follower.onEnd());
  window.addEventListener('popstate', () => follower.onBack());
  new ResizeObserver(() => follower.onResize()).observe(map.getContainer());
  if (!follower.readAddress()) follower.fit(map.portal.home);
  return follower;
}

class Position {
  constructor({ map, settings }) {
    this.map = map;
    this.inAddress = settings.mode === 'search';
    this.movedByHand = false;
    this.quiet = false;
    this.waiting = null;
  }

  /** Looks where the address says; tells whether it says anything. */
  readAddress() {
    const match = this.inAddress && HASH.exec(window.location.hash);
    if (!match) return false;
    const [zoom, lat, lon] = match.slice(1).map(Number);
    if (Math.abs(lat) > 85 || Math.abs(lon) > 180) return false;
    this.move(() => this.map.setView([lat, lon], zoom, { animate: false }));
    this.movedByHand = true;
    return true;
  }

  /** Back to an address with a position shows that position, back to one without shows its results. */
  onBack() {
    if (!this.readAddress()) this.movedByHand = false;
  }

  /** Shows `bounds` without counting it as a move by hand. */
  fit(bounds, options = {}) {
    const chosen = { padding: [24, 24], maxZoom: ZOOM_OF_ONE_PARCEL, animate: false, ...options };
    this.move(() => this.map.fitBounds(bounds, chosen));
  }

  /** Shows new results, or keeps the view that was chosen by hand and says so in the new address. */
  fitResults(bounds) {
    if (this.movedByHand) {
      this.writeAddress();
      return;
    }
    this.fit(bounds ? L.latLngBounds(bounds) : this.map.portal.home);
  }

  /**
   * A move begun by the portal: neither the address nor `movedByHand` changes. A map that is hidden, as behind the list
   * on a phone, moves once it is seen: without a size nothing fits, and until then it need not load anything.
   */
  move(move) {
    const isSeen = this.map.getContainer().clientWidth > 0;
    this.waiting = isSeen ? null : move;
    if (!isSeen) return;
    this.quiet = true;
    move();
    this.quiet = false;
  }

  onStart() {
    if (!this.quiet) this.movedByHand = true;
  }

  onEnd() {
    if (this.movedByHand && !this.quiet) this.writeAddress();
  }

  writeAddress() {
    if (!this.inAddress) return;
    const { lat, lng } = this.map.getCenter();
    const hash = `#${this.map.getZoom()}/${lat.toFixed(5)}/${lng.toFixed(5)}`;
    // Replaced, not pushed: Back leads to the search before, not to every step of the map.
    window.history.replaceState(window.history.state, '', hash);
  }

  onResize() {
    this.map.invalidateSize({ pan: false });
    if (this.waiting) this.move(this.waiting);
  }
}
