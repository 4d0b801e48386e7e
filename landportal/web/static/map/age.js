// How old a record is, as the list says it: a dial and words. The ladder is that of the portal: 30, 60, 90, 120 days.

const SVG = 'http://www.w3.org/2000/svg';
const DAY_MS = 86_400_000;

const LADDER = [
  [30, 'fresh', 'M8 3.6a4.4 4.4 0 1 0 .01 0z'],
  [60, 'due', 'M8 8V3.6A4.4 4.4 0 1 1 3.6 8z'],
  [90, 'old', 'M8 3.6a4.4 4.4 0 0 1 0 8.8z'],
  [120, 'stale', 'M8 8V3.6A4.4 4.4 0 0 1 12.4 8z'],
];

/** `confirmedAt` is an ISO time, or null where nobody ever confirmed. */
export function ageOf(confirmedAt, { words, settings }) {
  const days = confirmedAt ? Math.max(0, daysSince(new Date(confirmedAt))) : Infinity;
  const [, step, path] = LADDER.find(([limit]) => days <= limit) ?? [0, 'unconfirmed', null];
  const age = document.createElement('span');
  age.className = `age is-${step}`;
  age.append(dial(path), textOf(days, step, words, settings.lang));
  return age;
}

/** Calendar days, as the server counts them: confirmed last night is one day ago. */
function daysSince(moment) {
  const midnight = (date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((midnight(new Date()) - midnight(moment)) / DAY_MS);
}

function textOf(days, step, words, lang) {
  if (days === Infinity) return words.neverConfirmed;
  const ago = new Intl.RelativeTimeFormat(lang, { numeric: days === 0 ? 'auto' : 'always' }).format(-days, 'day');
  return step === 'unconfirmed' ? `${words.unconfirmed}, ${ago}` : ago;
}

function dial(path) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'dial');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  const ring = document.createElementNS(SVG, 'circle');
  for (const [name, value] of [['cx', 8], ['cy', 8], ['r', 6.9]]) ring.setAttribute(name, value);
  if (!path) ring.setAttribute('stroke-dasharray', '2.2 2.1');
  svg.append(ring);
  if (path) {
    const filling = document.createElementNS(SVG, 'path');
    filling.setAttribute('d', path);
    svg.append(filling);
  }
  return svg;
}
