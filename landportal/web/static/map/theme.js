// The map's colours and fonts, read from the custom properties of css/tokens.css, and word when they change.
// What is drawn with them lives in symbols.js, paint.js and labels.js.

const dark = window.matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set();
let values = new Map();

/** Value of the custom property `--name`. */
export function token(name) {
  if (!values.has(name)) {
    const value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    values.set(name, value || '#808080');
  }
  return values.get(name);
}

/** Colour of a marketing status or a constraint kind: `own_use` is written `own-use` among the tokens. */
export const statusColour = (status) => token(`status-${status.replaceAll('_', '-')}`);
export const constraintColour = (kind) => token(`constraint-${kind.replaceAll('_', '-')}`);

/** `#rrggbb` with an opacity, as canvas takes it. */
export function translucent(colour, opacity) {
  const hex = colour.length === 4 ? colour.replace(/[0-9a-f]/gi, '$&$&') : colour;
  const [red, green, blue] = [1, 3, 5].map((start) => Number.parseInt(hex.slice(start, start + 2), 16));
  return `rgb(${red} ${green} ${blue} / ${opacity})`;
}

/** A canvas font in the portal's family. */
export const font = (size, weight = 400) => `${weight} ${size}px ${token('font')}`;

/** Calls `listener` after the colours or the fonts changed. */
export function onThemeChange(listener) {
  listeners.add(listener);
}

function changed() {
  values = new Map();
  for (const listener of listeners) listener();
}

dark.addEventListener('change', changed);
// Canvas draws with a fallback font until the real one is there, and does not redraw by itself.
Promise.all([400, 600].map((weight) => document.fonts.load(font(14, weight)))).then(changed, () => {});
