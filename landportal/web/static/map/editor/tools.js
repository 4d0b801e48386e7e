// The buttons above the map: what a click on it does, and the way back. Each names itself in words; the one that is on
// says so.

import { icon } from '../icons.js';

/** What the pointer does, by name: how the library is told. */
const MODES = {
  corners: { icon: () => icon('spline'), on: (pm) => pm.enableGlobalEditMode(), off: (pm) => pm.disableGlobalEditMode() },
  move: { icon: () => icon('move'), on: (pm) => pm.enableGlobalDragMode(), off: (pm) => pm.disableGlobalDragMode() },
  draw: { icon: () => icon('pencil'), on: (pm) => pm.enableDraw('Polygon'), off: (pm) => pm.disableDraw() },
  cut: { icon: () => icon('scissors'), on: (pm) => pm.enableGlobalCutMode(), off: (pm) => pm.disableGlobalCutMode() },
  remove: { icon: () => icon('trash-2'), on: (pm) => pm.enableGlobalRemovalMode(), off: (pm) => pm.disableGlobalRemovalMode() },
  line: { icon: () => icon('scissors'), on: (pm) => pm.enableDraw('Line'), off: (pm) => pm.disableDraw() },
};

const OFFERED = { shape: ['corners', 'move', 'draw', 'cut', 'remove'], split: ['line', 'corners'] };

const STATES_KEPT = 100;

export function buildTools(portal, form, sketch, words) {
  return new Tools(portal, form, sketch, words);
}

class Tools {
  constructor(portal, form, sketch, words) {
    Object.assign(this, { map: portal.map, sketch, words, mode: null, states: [] });
    this.bar = document.querySelector('[data-shape-tools]');
    this.buttons = new Map();
    for (const name of OFFERED[form.dataset.mode]) this.offer(name);
    this.undoButton = this.button(icon('undo-2'), words.undo, () => this.undo());
    this.hint = document.createElement('p');
    this.hint.className = 'tool-hint';
    this.bar.after(this.hint);
    this.bar.hidden = false;
    this.map.on('pm:create pm:cut', () => this.choose(this.sketch.isEmpty ? null : 'corners'));
    portal.frame.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.choose(null);
    });
    this.remember();
    this.choose(form.dataset.mode === 'split' ? 'line' : this.sketch.isEmpty ? 'draw' : 'corners');
  }

  offer(name) {
    const button = this.button(MODES[name].icon(), this.words.tools[name], () => {
      this.choose(this.mode === name ? null : name);
    });
    this.buttons.set(name, button);
  }

  button(sign, label, onClick) {
    const element = document.createElement('button');
    element.type = 'button';
    element.className = 'button';
    const text = document.createElement('span');
    text.textContent = label;
    element.append(sign, text);
    element.addEventListener('click', onClick);
    this.bar.append(element);
    return element;
  }

  choose(name) {
    if (this.mode) MODES[this.mode].off(this.map.pm);
    this.mode = name;
    if (name) MODES[name].on(this.map.pm);
    for (const [other, button] of this.buttons) button.setAttribute('aria-pressed', String(other === name));
    this.hint.textContent = name ? this.words.toolHints[name] : this.words.toolHints.none;
  }

  /** Keeps what is drawn now as a step to come back to; the handles of corners follow a shape that was drawn anew. */
  remember() {
    const state = JSON.stringify(this.sketch.geometry());
    if (this.states.at(-1) !== state) this.states = [...this.states, state].slice(-STATES_KEPT);
    this.undoButton.setAttribute('aria-disabled', String(this.states.length < 2));
    if (this.mode === 'corners') this.restart();
  }

  restart() {
    const { pm } = this.map;
    for (const layer of this.sketch.group.getLayers()) {
      if (layer.pm && !layer.pm.enabled()) {
        pm.disableGlobalEditMode();
        pm.enableGlobalEditMode();
        return;
      }
    }
  }

  undo() {
    if (this.states.length < 2) return;
    this.states.pop();
    const mode = this.mode;
    this.choose(null);
    const state = JSON.parse(this.states.at(-1));
    this.sketch.load(state);
    this.choose(mode);
    this.sketch.onChange();
  }
}
