// The person's screen as it will look: the gateway's own sentences, drawn small.
import { Face } from '../shared/face/face.js';
import { h, recordWord } from './parts.js';
import { icon } from '../shared/dom.js';

/** The languages that the gateway speaks of itself in. */
const LANGUAGES = [['en', 'English'], ['de', 'Deutsch'], ['fr', 'Français'], ['es', 'Español'], ['he', 'עברית']];
const ICONS = { recorded: 'dot', unrecorded: 'ring' };

/** A preview of a document that need not be saved. */
export class Person {
  #view;
  #avatar = '';
  #locale = 'en';
  #scene = 'arrive';
  #asked = 0;
  /** @type {any} */
  #document;
  /** @type {Face|null} */
  #face = null;
  #screen = h('div', { class: 'screen', role: 'group', 'aria-label': 'The screen of a person, as it will look' });
  #problems = h('ul', { class: 'problems' });
  node;

  /**
   * @param {import('./main.js').View} view
   * @param {any} document
   * @param {string} avatar
   * @param {{mistakes?: boolean}} [is] `mistakes`: whether what is wrong stands beneath; not where fields say it
   */
  constructor(view, document, avatar, { mistakes = true } = {}) {
    this.#problems.hidden = !mistakes;
    this.#view = view;
    this.#document = document;
    this.#avatar = avatar || document.avatars?.[0]?.id || '';
    view.signal.addEventListener('abort', () => this.#face?.close(), { once: true });
    const scenes = /** @type {[string, string][]} */ ([['arrive', 'Arrives'], ['asked', 'Is asked'], ['talk', 'Talks']]);
    const scene = h('div', { class: 'segments', role: 'radiogroup', 'aria-label': 'Moment' }, ...scenes.map(([value, text]) => h('label', {},
      h('input', { type: 'radio', name: 'scene', value, checked: value === 'arrive', on: { change: () => { this.#scene = value; this.#draw(); } } }), h('span', { text }))));
    const language = h('select', { 'aria-label': 'Language of the person', on: { change: () => { this.#locale = language.value; this.show(this.#document); } } },
      ...LANGUAGES.map(([value, text]) => h('option', { value, text, lang: value })));
    const who = (document.avatars ?? []).length > 1
      ? h('select', { 'aria-label': 'Avatar', on: { change: (/** @type {Event} */ e) => { this.#avatar = /** @type {HTMLSelectElement} */ (e.target).value; this.show(this.#document); } } },
        ...document.avatars.map((/** @type {any} */ a) => { const o = h('option', { value: a.id, text: a.name }); o.selected = a.id === this.#avatar; return o; }))
      : null;
    this.node = h('aside', { class: 'person', 'aria-label': 'What a person sees' }, h('div', { class: 'row' }, who, language), scene, this.#screen, this.#problems);
    this.show(document);
  }

  /** @type {any} */
  #answer = null;

  /**
   * @param {any} document
   * @returns {Promise<any>} what the gateway says of it
   */
  async show(document) {
    this.#document = document;
    const turn = ++this.#asked;
    let answer;
    try {
      answer = await this.#view.api.call('POST', 'preview', { document, avatar: this.#avatar, locale: this.#locale });
    } catch (why) {
      const wrong = /** @type {any} */ (why);
      answer = { problems: wrong.problems?.length ? wrong.problems : [{ key: '', text: wrong.message }] };
    }
    if (turn !== this.#asked) return answer;
    // With a mistake in the document the screen stays as it was last right.
    if (answer.lines && answer.problems.length === 0) this.#answer = answer;
    else if (this.#answer === null) {
      const before = await this.#view.api.call('POST', 'preview', { document: this.#view.tenant.document, avatar: this.#avatar, locale: this.#locale }).catch(() => ({}));
      if (turn !== this.#asked) return answer;
      this.#answer = before.lines ? before : answer.lines ? answer : null;
    }
    this.#problems.replaceChildren(...(answer.problems ?? []).map((/** @type {any} */ p) => h('li', { text: p.key ? `${p.key}: ${p.text}` : p.text })));
    this.#draw();
    return answer;
  }

  #draw() {
    const answer = this.#answer;
    if (!answer) return;
    const avatar = (this.#document.avatars ?? []).find((/** @type {any} */ a) => a.id === this.#avatar) ?? {};
    const figure = h('div', { class: 'figure', 'aria-hidden': 'true' });
    this.#face?.close();
    this.#face = new Face(figure, { look: avatar.look, colour: avatar.colour, badge: 'AI', picture: true });
    const dir = this.#locale === 'he' ? 'rtl' : 'ltr';
    this.#screen.lang = this.#locale;
    this.#screen.dir = dir;
    const sentences = answer.consent?.sentences ?? [];
    const asked = (answer.consent?.purposes ?? []).includes('transcript');
    const recorded = answer.lines.some((/** @type {any} */ l) => l.icon === 'recorded');
    const parts = { arrive: () => this.#arrive(avatar, answer), asked: () => this.#ask(avatar, sentences, recorded), talk: () => this.#talk(avatar, recorded, asked) };
    this.#screen.replaceChildren(figure, ...parts[/** @type {'talk'} */ (this.#scene)]());
    this.#screen.dataset.scene = this.#scene;
  }

  /** @param {any} avatar @param {any} answer */
  #arrive(avatar, answer) {
    return [h('p', { class: 'name', text: avatar.name ?? '' }), answer.disclosure_hidden ? h('p', { class: 'quietly', text: 'The notice is not on this screen. Your organisation tells people itself that an AI answers.' }) : '',
      h('ul', { class: 'lines' }, ...answer.lines.map((/** @type {any} */ l) =>
        h('li', { class: l.icon === 'recorded' ? 'red' : '' }, icon(ICONS[/** @type {'recorded'} */ (l.icon)] ?? (document.getElementById(`i-${l.icon}`) ? l.icon : 'info')), h('span', { text: l.text })))),
      answer.notice?.text ? h('details', {}, h('summary', { text: 'The notice' }), h('p', { text: answer.notice.text })) : ''];
  }

  /** @param {any} avatar @param {string[]} sentences @param {boolean} recorded */
  #ask(avatar, sentences, recorded) {
    if (sentences.length === 0) return [h('p', { class: 'name', text: avatar.name ?? '' }), h('p', { class: 'quietly', text: recorded ? 'The person is told instead of asked, and can say no at any time.' : 'Nobody is asked anything: there is nothing to agree to.' })];
    return [h('div', { class: 'card' }, ...sentences.map((text) => h('p', { text })),
      h('div', { class: 'row equal', 'aria-hidden': 'true' }, h('span', { class: 'fake', text: 'No' }), h('span', { class: 'fake', text: 'Yes' })))];
  }

  /** @param {any} avatar @param {boolean} recorded @param {boolean} asked */
  #talk(avatar, recorded, asked) {
    return [h('p', { class: 'name', text: avatar.name ?? '' }), h('div', { class: 'bar' }, recordWord(recorded ? 'on' : 'off'), recorded ? h('span', { class: 'fake small', text: 'Off the record' }) : null),
      h('p', { class: 'quietly', text: recorded && !asked ? 'This word stands there from the first moment, beside the switch that ends it.' : asked ? 'After a yes this word stands there all the time, beside the switch that ends it. After a no it says that it is not recorded here, and who else may keep something.' : 'This word stands there all the time.' })];
  }
}
