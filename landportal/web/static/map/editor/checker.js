// Asks the server about what is drawn or typed, and puts its answer where people look: figures and findings beside the
// map, the text into its field, typed corners onto the map. Who asks last is answered.

const TYPING_MS = 500;
const DRAWING_MS = 200;

export class Checker {
  onDrawn = () => {};

  constructor(form, sketch, words) {
    Object.assign(this, { form, sketch, words });
    this.field = form.querySelector('[data-shape-text]');
    this.result = document.querySelector('[data-check-result]');
    this.status = document.querySelector('[data-check-status]');
    this.accept = document.querySelector('[data-accept]');
    this.mended = document.querySelector('[data-mended]');
    this.field.addEventListener('input', () => this.later(TYPING_MS, () => this.askAboutText()));
    form.elements.area_id?.addEventListener('change', () => this.askAboutText());
  }

  later(milliseconds, ask) {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(ask, milliseconds);
  }

  askAboutSketch() {
    this.later(DRAWING_MS, async () => {
      const asked = this.sketch.asked();
      if (this.sketch.isEmpty) this.field.value = '';
      const answer = await this.ask(asked);
      if (answer?.text) this.field.value = answer.text;
    });
  }

  async askAboutText() {
    const name = this.form.dataset.mode === 'split' ? 'line' : 'shape';
    if (!this.field.value.trim()) {
      this.sketch.load(null);
      this.onDrawn();
    }
    const answer = await this.ask({ [name]: this.field.value });
    if (!answer?.geojson) return;
    this.sketch.load(answer.geojson);
    this.sketch.show(answer);
    this.sketch.comeIntoView();
    this.onDrawn();
  }

  async ask(asked) {
    this.running?.abort();
    this.running = new AbortController();
    this.form.dataset.checking = 'yes';
    const answer = await this.send(asked).catch((error) => (error.name === 'AbortError' ? null : { failed: true }));
    if (!answer) return null;
    this.form.dataset.checking = 'no';
    this.tell(answer);
    return answer;
  }

  async send(asked) {
    const { dataset, elements } = this.form;
    const area = Number(elements.area_id?.value);
    const about = { number: dataset.number || null, area_id: area || null };
    const answer = await fetch(dataset.check, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-CSRFToken': elements.csrf_token.value },
      body: JSON.stringify({ ...about, ...asked }),
      signal: this.running.signal,
    });
    const isOurs = answer.ok && answer.headers.get('Content-Type')?.startsWith('application/json');
    return isOurs ? answer.json() : { failed: true };
  }

  tell(answer) {
    if (answer.failed) {
      this.say(this.words.failed);
      return;
    }
    if (answer.problem) this.say(answer.problem);
    else this.place(answer);
    this.sketch.show(answer);
    if (this.accept) this.accept.hidden = !answer.to_accept;
    if (this.mended) this.mended.hidden = !answer.mended;
  }

  /** The server's part of the page; names that were typed stay. */
  place(answer) {
    const typed = new Map([...this.result.querySelectorAll('input[data-touched]')].map((it) => [it.name, it.value]));
    const part = new DOMParser().parseFromString(answer.html, 'text/html');
    this.result.replaceChildren(...part.body.childNodes);
    for (const input of this.result.querySelectorAll('input[type="text"]')) {
      input.addEventListener('input', () => { input.dataset.touched = 'yes'; });
      if (typed.has(input.name)) Object.assign(input, { value: typed.get(input.name) }).dataset.touched = 'yes';
    }
    this.status.textContent = this.result.querySelector('[data-headline]')?.textContent ?? '';
  }

  say(sentence) {
    const paragraph = document.createElement('p');
    paragraph.className = 'notice notice-warn';
    paragraph.textContent = sentence;
    this.result.replaceChildren(paragraph);
    this.status.textContent = sentence;
  }
}
