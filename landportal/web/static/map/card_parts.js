// What the cards beside the map are built of: elements whose text goes in as text, and the button that closes a card.

import { icon } from './icons.js';

export function element(tag, className, text = '') {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** The button by which one leaves `card`. */
export function closeButton(card) {
  const button = element('button', 'map-card__close');
  button.type = 'button';
  button.setAttribute('aria-label', card.portal.words.close);
  button.append(icon('x'));
  button.addEventListener('click', () => card.leave());
  return button;
}
