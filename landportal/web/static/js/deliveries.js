// The import pages, improved: progress that moves, shapes on the map, no second click, no upload that is too large.
// Everything works without this file.

(() => {
  'use strict';

  const PROGRESS_MS = 1500;

  /** A file over the limit is told before it is sent. */
  function watchUpload(form) {
    const field = form.querySelector('input[type=file]');
    const limit = Number(form.dataset.limitMb) * 1e6;
    field.addEventListener('change', () => {
      const isTooLarge = field.files.length > 0 && field.files[0].size > limit;
      field.setCustomValidity(isTooLarge ? form.dataset.tooLarge : '');
      field.reportValidity();
    });
    form.addEventListener('submit', () => { form.querySelector('[data-upload-progress]').hidden = false; });
  }

  function sendOnce(form) {
    form.addEventListener('submit', (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = 'yes';
    });
    window.addEventListener('pageshow', () => { delete form.dataset.sent; });
  }

  async function follow(box) {
    try {
      const answer = await fetch(box.dataset.progress, { headers: { Accept: 'application/json' } });
      if (answer.ok) {
        const state = await answer.json();
        if (state.next) {
          window.location.replace(state.next);
          return;
        }
        show(box, state);
      }
    } catch {
      // The network is away for a moment: asked again below.
    }
    window.setTimeout(() => follow(box), PROGRESS_MS);
  }

  function show(box, state) {
    const bar = box.querySelector('progress');
    if (state.total && state.words) {
      bar.max = state.total;
      bar.value = state.done;
    }
    const words = box.querySelector('[data-progress-words]');
    if (words.textContent !== state.words) words.textContent = state.words;
  }

  const FILLS = { changed: 'url(#delivery-changed)', rejected: 'url(#delivery-rejected)' };

  /** Draws the file's shapes over the map that Folium composes: it is caught when Leaflet makes it. */
  function drawShapes(box) {
    const verdicts = JSON.parse(box.dataset.verdicts);
    window.L.Map.addInitHook(function addShapes() {
      const map = this;
      fetch(box.dataset.shapes)
        .then((answer) => answer.json())
        .then((shapes) => map.whenReady(() => addTo(map, shapes, verdicts, box.dataset.rowWord)))
        .catch(() => {});
    });
  }

  function addTo(map, shapes, verdicts, rowWord) {
    const pane = map.createPane('delivery');
    pane.classList.add('delivery-pane');
    const drawn = window.L.geoJSON(shapes, {
      pane: 'delivery',
      pointToLayer: (_, place) => window.L.circleMarker(place, { radius: 6, pane: 'delivery' }),
      renderer: window.L.svg({ pane: 'delivery' }),
      style: ({ properties }) => ({
        className: `delivered-shape is-${properties.verdict}`,
        fillColor: FILLS[properties.verdict],
        fillOpacity: 1,
        weight: 2,
      }),
      onEachFeature: ({ properties }, layer) => layer.bindTooltip(() => told(properties, verdicts, rowWord), { sticky: true }),
    });
    drawn.addTo(map);
  }

  /** As text, never as HTML: names come from other people's files. */
  function told(properties, verdicts, rowWord) {
    const line = document.createElement('span');
    const parts = [properties.name, `${rowWord} ${properties.row}`, verdicts[properties.verdict]];
    line.textContent = parts.filter(Boolean).join(' · ');
    return line;
  }

  document.querySelectorAll('[data-upload]').forEach(watchUpload);
  document.querySelectorAll('[data-once]').forEach(sendOnce);
  document.querySelectorAll('[data-progress]').forEach(follow);
  if (window.L) document.querySelectorAll('[data-shapes]').forEach(drawShapes);
})();
