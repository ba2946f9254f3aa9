// One talk: what is said, what is kept of it, and what can be done.
import { el, icon } from '../shared/dom.js';

/** Who says a line. @type {Record<string, string>} */
const WHO = { person: 'Person', human: 'You', avatar: 'The AI' };

export class Pane {
  id;
  node;
  /** What scrolls, and the list in it. */
  #lines;
  #list;
  #on;
  #field;
  #speak;
  #record;
  #voice;
  #joined = false;
  #broke = false;
  over = false;

  /**
   * @param {any} m talk.asking
   * @param {{say: (text: string) => boolean, speak: (on: boolean) => Promise<boolean>, back: () => void, end: () => void, gone: () => void, tell: (text: string) => void}} on
   */
  constructor(m, on) {
    this.id = m.talk;
    this.#on = on;
    const template = /** @type {HTMLTemplateElement} */ (document.getElementById('pane'));
    this.node = /** @type {HTMLElement} */ (/** @type {DocumentFragment} */ (template.content.cloneNode(true)).firstElementChild);
    const find = (/** @type {string} */ what) => /** @type {HTMLElement} */ (this.node.querySelector(what));
    find('h2').textContent = `With ${m.avatar}`;
    find('h2').append(el('span', { class: 'hint', text: language(m.locale) }));
    this.#lines = find('.lines');
    this.#list = find('.lines > ol');
    this.#record = find('.record');
    this.#voice = find('.voice');
    this.#field = /** @type {HTMLTextAreaElement} */ (find('textarea'));
    this.#speak = /** @type {HTMLButtonElement} */ (find('.speak'));
    const label = /** @type {HTMLLabelElement} */ (find('label'));
    this.#field.id = `field-${m.talk}`;
    label.htmlFor = this.#field.id;
    this.node.dataset.state = 'asking';
    this.#note('The person is asked whether you may read and hear them. Nothing is shown before they agree.');
    find('form').addEventListener('submit', (e) => {
      e.preventDefault();
      this.#submit();
    });
    this.#field.addEventListener('keydown', (e) => {
      if (e.key !== 'Enter' || e.shiftKey || e.isComposing) return;
      e.preventDefault();
      this.#submit();
    });
    this.#speak.addEventListener('click', async () => {
      const on = this.#speak.getAttribute('aria-pressed') !== 'true';
      this.speaking(await this.#on.speak(on));
    });
    find('.back').addEventListener('click', () => (this.over ? this.#on.gone() : this.#on.back()));
    find('.end').addEventListener('click', () => this.#on.end());
    this.#enable(false);
  }

  get field() {
    return this.#field;
  }

  /** The person agreed. @param {any} m talk.joined */
  joined(m) {
    this.#joined = true;
    this.node.dataset.state = 'joined';
    this.#enable(true);
    this.#list.replaceChildren();
    if (this.#broke) this.#note('You are back. What was said meanwhile is below.');
    this.#broke = false;
    this.#note(m.context ? 'The person agreed, and gave you what was said before.' : 'The person agreed. You start from nothing: they did not give you what was said before.');
    this.stands(m);
    this.#field.focus();
  }

  /** @param {any} m talk.joined or talk.state */
  stands(m) {
    const was = this.node.dataset.recorded;
    this.node.dataset.recorded = String(m.recorded);
    const words = m.recorded ? 'Recorded: what you both write is kept' : 'Not recorded: nothing is kept here';
    this.#record.replaceChildren(icon(m.recorded ? 'dot' : 'ring'), el('span', { text: words }));
    if (was !== undefined && was !== this.node.dataset.recorded) this.#note(m.recorded ? 'From here on it is recorded.' : 'Off the record from here on. The person said so, or the organisation did.');
    const heard = m.microphone ? 'You hear the person when they speak.' : 'The person writes.';
    const by = m.written_by ? `by ${m.written_by}` : 'on the gateway';
    const written = m.written ? `What you say aloud is written down ${by}: captions for the person${m.recorded ? ', which are kept' : ''}.` : 'What you say aloud is not written down.';
    this.#voice.textContent = `${heard} ${written}`;
  }

  /** @param {any} m item */
  item(m) {
    const shown = (m.shown ?? []).map((/** @type {string} */ kind) => (kind === 'picture' ? '[a picture]' : '[a document]'));
    const text = [...shown, m.text || (m.spoken ? '(spoken)' : '')].filter(Boolean).join(' ');
    if (!text) return;
    const near = this.#lines.scrollHeight - this.#lines.scrollTop - this.#lines.clientHeight < 100;
    const who = el('p', { class: 'who', text: WHO[m.speaker] ?? m.speaker });
    if (m.speaker === 'avatar') who.append(el('span', { class: 'pill', text: 'AI' }));
    this.#list.append(el('li', { class: `line ${m.speaker}` }, [who, el('p', { class: 'words', text, dir: 'auto' })]));
    if (near || m.speaker === 'human') this.#lines.scrollTop = this.#lines.scrollHeight;
  }

  /** @param {boolean} on */
  speaking(on) {
    this.#speak.setAttribute('aria-pressed', String(on));
  }

  /** The line to the gateway broke, and the person waits: nothing is said until it is back. */
  broken() {
    if (this.over) return;
    this.#broke = true;
    this.#enable(false);
    this.speaking(false);
    this.#note('The line to the gateway broke. The person is told, and waits for you.');
  }

  /** It is over: the words go at once. @param {string} why */
  end(why) {
    this.over = true;
    this.node.dataset.state = 'over';
    this.#list.replaceChildren();
    this.#field.value = '';
    this.#enable(false);
    this.speaking(false);
    this.#record.replaceChildren();
    this.#voice.textContent = '';
    this.#note(why);
    this.node.querySelector('.end')?.remove();
    const close = /** @type {HTMLElement} */ (this.node.querySelector('.back'));
    close.textContent = 'Close';
    if (this.node.contains(document.activeElement) || document.activeElement === document.body) close.focus();
  }

  #submit() {
    const text = this.#field.value.trim();
    if (!text || !this.#joined || this.over || !this.#on.say(text)) return;
    this.#field.value = '';
  }

  /** @param {boolean} on */
  #enable(on) {
    for (const node of this.node.querySelectorAll('.composer :is(textarea, button)')) /** @type {HTMLButtonElement} */ (node).disabled = !on;
  }

  /** @param {string} text */
  #note(text) {
    this.#list.append(el('li', { class: 'note', text }));
    this.#on.tell(text);
  }
}

/** @param {string} locale */
function language(locale) {
  try {
    return new Intl.DisplayNames(['en'], { type: 'language' }).of(locale) ?? locale;
  } catch {
    return locale;
  }
}
