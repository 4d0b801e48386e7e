// Entry of the shape editor: ties the map to the form around it once the map has started. The text in the form is the
// truth; what is drawn becomes text, what is typed is drawn, and the server says what it thinks of both.

import { Checker } from './checker.js';
import { LineSketch } from './line_sketch.js';
import { followNeighbours } from './neighbours.js';
import { ShapeSketch } from './shape_sketch.js';
import { buildTools } from './tools.js';

const { L } = window;

// Corners are dragged by pointer; by keyboard the text field does the same. Without this each corner would be a stop
// of the Tab key without a name.
L.Marker.mergeOptions({ keyboard: false });

document.addEventListener('landportal:map-started', ({ detail: portal }) => {
  const form = document.querySelector('[data-shape-editor]');
  if (form) edit(portal, form);
});

function edit(portal, form) {
  const words = JSON.parse(form.dataset.words);
  speak(portal.map, words);
  const isSplit = form.dataset.mode === 'split';
  const sketch = isSplit ? new LineSketch(portal.map) : new ShapeSketch(portal.map);
  sketch.load(form.dataset.geojson ? JSON.parse(form.dataset.geojson) : null);
  if (form.dataset.mode === 'show') return;
  followNeighbours(portal.map, form.dataset.neighbours, form.dataset.number);
  const checker = new Checker(form, sketch, words);
  const tools = buildTools(portal, form, sketch, words);
  sketch.onChange = () => {
    tools.remember();
    checker.askAboutSketch();
  };
  checker.onDrawn = () => tools.remember();
  if (form.dataset.text === 'yes') checker.askAboutText();
}

/** The library's own hints in the page's language. */
function speak(map, words) {
  map.pm.setLang('landportal', { tooltips: words.hints, actions: {}, buttonTitles: {}, measurements: {} }, 'en');
  map.pm.setGlobalOptions({
    snappable: true,
    snapDistance: 14,
    continueDrawing: false,
    tooltips: true,
    allowSelfIntersection: true,
    hideMiddleMarkers: false,
  });
}
