// <mayfly-avatar>: a conversation with an avatar on somebody else's page. The
// same modules as the gateway's own page, in one file, with nothing that a
// strict content policy forbids: no inline style, no worker, no storage.
import { Face } from '../shared/face/face.js';
import { Stage } from '../shared/face/stage.js';
import { Live } from '../shared/live.js';
import { Speaker } from '../shared/sound/speaker.js';
import { Gateway } from '../shared/talk/gateway.js';
import { choose, Words, WORDS } from '../shared/words.js';
import { elementSheet } from './sheet.js';

/** The audio thread's part cannot be inside this file: browsers load it by address. */
const WORKLET = new URL('./worklet.js', import.meta.url).href;
/** Lines that stay in view; older ones stay in memory only. */
const LINES = 40;

/**
 * Attributes: `gateway` (its origin), `token-url` (where a token comes from; POST {avatar, locale} -> {value}),
 * `avatar`, and if wished `name`, `look`, `colour`, `locale`, `silent` (text only).
 * Events: `ready`, `state` (detail.state, detail.mood), `error` (detail.code). None of them carries words.
 */
export class MayflyAvatar extends HTMLElement {
  static observedAttributes = ['look', 'colour', 'name', 'locale'];

  /** @type {Face|null} */
  #face = null;
  /** @type {Live|null} */
  #live = null;
  #words = new Words('en');
  /** @type {Record<string, HTMLElement>} */
  #parts = {};
  /** @type {Map<string, {node: HTMLElement, words: HTMLElement}>} */
  #lines = new Map();
  /** @type {((yes: boolean) => void)|null} */
  #answer = null;
  #state = 'arrive';
  #starting = false;

  /** arrive, connecting, talking, reconnecting or ended */
  get state() {
    return this.#state;
  }

  connectedCallback() {
    // Moving an element disconnects and connects it; what lives on must not be built twice.
    if (this.#face) return;
    this.#build();
    this.#dispatch('ready', { avatar: this.getAttribute('avatar') ?? '' });
  }

  disconnectedCallback() {
    queueMicrotask(() => {
      if (!this.isConnected) this.#destroy();
    });
  }

  attributeChangedCallback() {
    if (this.#face) this.#dress();
  }

  /**
   * Begins. Call it from a press, or browsers keep the voice silent.
   * @returns {Promise<void>}
   */
  async start() {
    if (!this.#face || this.#live || this.#starting) return;
    this.#starting = true;
    this.#become('connecting');
    const avatar = this.getAttribute('avatar') ?? '';
    const speaker = this.hasAttribute('silent') ? null : await Speaker.open(WORKLET);
    this.#starting = false;
    if (!this.#face) {
      speaker?.close();
      return;
    }
    const gateway = new Gateway(this.getAttribute('gateway') ?? location.origin, this.#tokenURL());
    const parts = { face: this.#face, speaker, gateway, avatar, locale: this.#words.locale, calls: true, microphone: false, worklet: WORKLET };
    const live = new Live(parts, {
      state: (state) => this.#moved(live, state),
      transport: () => {},
      line: (line) => this.#line(line),
      busy: (busy) => (this.#parts.stop.hidden = !busy),
      mood: (mood) => this.#feel(mood),
      heard: (line, ms) => this.#caption(line, ms),
      disclosed: (d) => this.#notice(d),
      // Nobody is asked to widen anything inside another site: no is the answer.
      consent: async (c) => Object.fromEntries((c.purposes ?? []).map((/** @type {string} */ p) => [p, false])),
      fact: (name, e) => name === 'error' && this.#dispatch('error', { code: e.code ?? 'error' }),
    });
    this.#live = live;
    try {
      await live.conversation.start();
    } catch (why) {
      this.#dispatch('error', { code: why instanceof Error ? why.message : 'unreachable' });
      this.#say(this.#words.say('why_unreachable'));
    }
  }

  /**
   * @param {string} text
   * @returns {boolean} whether it could be asked now
   */
  ask(text) {
    return this.#live?.ask(text) ?? false;
  }

  /** @returns {Promise<void>} */
  async end() {
    this.#answer?.(false);
    await this.#live?.conversation.end();
  }

  // Building ----------------------------------------------------------------

  #build() {
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [elementSheet()];
    const p = this.#parts;
    p.figure = part('div', 'figure');
    p.figure.setAttribute('role', 'img');
    p.caption = part('p', 'caption');
    p.caption.setAttribute('aria-hidden', 'true');
    p.ai = part('p', 'ai');
    p.status = part('p', 'status');
    p.status.setAttribute('role', 'status');
    p.log = part('ol', 'log');
    p.log.tabIndex = 0;
    p.polite = part('div', 'polite');
    p.polite.setAttribute('aria-live', 'polite');
    p.notice = part('div', 'notice');
    p.noticeText = part('p', 'notice-text');
    p.noticeText.tabIndex = -1;
    p.yes = button('continue', () => this.#answer?.(true));
    p.no = button('leave-notice', () => this.#answer?.(false));
    p.notice.append(p.noticeText, p.no, p.yes);
    p.start = button('start', () => this.start());
    p.composer = part('form', 'composer');
    p.field = part('input', 'field');
    p.send = button('send', () => {});
    /** @type {HTMLButtonElement} */ (p.send).type = 'submit';
    p.stop = button('stop', () => this.#live?.stop());
    p.leave = button('leave', () => this.end());
    p.composer.append(p.field, p.send, p.stop, p.leave);
    p.composer.addEventListener('submit', (e) => {
      e.preventDefault();
      const field = /** @type {HTMLInputElement} */ (p.field);
      if (this.ask(field.value)) field.value = '';
    });
    p.box = part('div', 'box');
    p.box.append(p.figure, p.ai, p.caption, p.status, p.log, p.notice, p.start, p.composer, p.polite);
    p.box.addEventListener('keydown', (e) => {
      if (e.key === 'Escape') this.#live?.stop();
    });
    root.replaceChildren(p.box);
    this.#face = new Face(p.figure, { look: this.#get('look'), colour: this.#get('colour'), badge: 'AI', Stage });
    this.#dress();
    this.#become('arrive');
  }

  #dress() {
    const p = this.#parts;
    const wish = this.#get('locale') ?? this.closest('[lang]')?.getAttribute('lang');
    this.#words = new Words(choose(wish ? [wish] : navigator.languages, Object.keys(WORDS)));
    const w = this.#words;
    p.box.dir = w.dir;
    p.box.lang = w.locale;
    const name = this.#name();
    p.figure.setAttribute('aria-label', w.say('avatarLabel', { name }));
    p.log.setAttribute('aria-label', w.say('conversation'));
    p.field.setAttribute('aria-label', w.say('ask', { name }));
    p.field.setAttribute('placeholder', w.say('askPlaceholder'));
    for (const [key, text] of [['ai', 'isAI'], ['start', 'start'], ['send', 'send'], ['stop', 'stop'], ['leave', 'leave'], ['yes', 'noticeContinue'], ['no', 'noticeLeave']]) {
      p[key].textContent = w.say(text);
    }
    this.#face?.wear({ look: this.#get('look'), colour: this.#get('colour'), badge: w.say('badge') });
  }

  #destroy() {
    this.#answer?.(false);
    const live = this.#live;
    this.#live = null;
    // The goodbye is sent before its promise is awaited; the rest need not wait for it.
    live?.conversation.end();
    live?.close();
    this.#face?.close();
    this.#face = null;
    this.#lines.clear();
    this.#parts = {};
    this.shadowRoot?.replaceChildren();
    this.#state = 'arrive';
  }

  // What happens ------------------------------------------------------------

  /**
   * @param {Live} live
   * @param {string} state
   */
  #moved(live, state) {
    if (this.#live !== live) return;
    if (state === 'talking') {
      this.#become('talking');
      this.#parts.field.focus({ preventScroll: true });
    } else if (state === 'reconnecting') this.#become('reconnecting');
    else if (state === 'ended') this.#over(live);
  }

  /** @param {Live} live */
  #over(live) {
    this.#answer?.(false);
    this.#live = null;
    live.close();
    this.#lines.clear();
    this.#parts.log.replaceChildren();
    this.#parts.caption.replaceChildren();
    this.#parts.polite.replaceChildren();
    if (this.#face) this.#face.state = 'gone';
    this.#become('ended');
    this.#say(`${this.#words.say('gone')} ${this.#words.say('bytes')}`);
  }

  /** @param {string} state */
  #become(state) {
    this.#state = state;
    this.dataset.state = state;
    const p = this.#parts;
    const talking = state === 'talking' || state === 'reconnecting';
    p.start.hidden = talking || state === 'connecting';
    p.composer.hidden = !talking;
    p.log.hidden = !talking;
    p.caption.hidden = !talking;
    p.notice.hidden = this.#answer === null;
    p.stop.hidden = true;
    p.start.textContent = this.#words.say(state === 'ended' ? 'again' : 'start');
    if (state === 'connecting' || state === 'reconnecting') this.#say(this.#words.say(`status_${state}`));
    this.#dispatch('state', { state, mood: this.#face?.state ?? 'idle' });
  }

  /** @param {string} mood */
  #feel(mood) {
    this.dataset.mood = mood;
    if (this.#state === 'talking') this.#say(this.#words.say(`status_${mood === 'lost' ? 'reconnecting' : mood}`));
    this.#dispatch('state', { state: this.#state, mood });
  }

  /**
   * Shows the gateway's notice and waits for a person.
   * @param {import('../shared/talk/conversation.js').Disclosure} d
   * @returns {Promise<boolean>}
   */
  #notice(d) {
    const p = this.#parts;
    p.noticeText.textContent = d.text;
    p.noticeText.dir = d.dir ?? 'auto';
    return new Promise((resolve) => {
      this.#answer = (yes) => {
        this.#answer = null;
        if (p.notice) p.notice.hidden = true;
        resolve(yes);
      };
      p.notice.hidden = false;
      p.noticeText.focus({ preventScroll: true });
    });
  }

  /** @param {import('../shared/talk/turns.js').Line} line */
  #line(line) {
    const p = this.#parts;
    let shown = this.#lines.get(line.id);
    if (!shown) {
      const words = part('span', 'words');
      const who = part('span', 'who');
      who.textContent = line.who === 'you' ? this.#words.say('you') : `${this.#name()} · ${this.#words.say('badge')}`;
      const node = part('li', `line ${line.who}`);
      node.append(who, words);
      shown = { node, words };
      this.#lines.set(line.id, shown);
      p.log.append(node);
      if (p.log.childElementCount > LINES) p.log.firstElementChild?.remove();
    }
    shown.words.textContent = line.text;
    p.log.scrollTop = p.log.scrollHeight;
    if (line.who !== 'you' && line.status === 'done' && shown.node.dataset.told !== 'yes') {
      shown.node.dataset.told = 'yes';
      p.polite.textContent = line.text;
    }
  }

  /**
   * @param {import('../shared/talk/turns.js').Line} line
   * @param {number|null} ms
   */
  #caption(line, ms) {
    const word = ms === null ? null : line.time.wordAt(ms);
    const from = word && word.from >= 0 ? line.text.lastIndexOf('. ', word.from) : line.text.trimEnd().lastIndexOf('. ', line.text.length - 2);
    const start = from < 0 ? 0 : from + 2;
    const stop = line.text.indexOf('. ', word && word.from >= 0 ? word.from : start);
    const text = line.text.slice(start, stop < 0 ? undefined : stop + 1);
    if (this.#parts.caption.textContent !== text) this.#parts.caption.textContent = text;
  }

  /** @param {string} text */
  #say(text) {
    if (this.#parts.status && this.#parts.status.textContent !== text) this.#parts.status.textContent = text;
  }

  #name() {
    return this.#get('name') ?? this.#get('avatar') ?? 'Mayfly';
  }

  #tokenURL() {
    const own = this.#get('token-url');
    return own === undefined ? undefined : new URL(own, location.href).href;
  }

  /** @param {string} name */
  #get(name) {
    return this.getAttribute(name) ?? undefined;
  }

  /**
   * @param {string} name
   * @param {object} detail
   */
  #dispatch(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/**
 * @param {string} tag
 * @param {string} names for ::part
 * @returns {HTMLElement}
 */
function part(tag, names) {
  const node = document.createElement(tag);
  node.setAttribute('part', names);
  return node;
}

/** @param {string} name @param {() => void} press */
function button(name, press) {
  const node = /** @type {HTMLButtonElement} */ (part('button', `button ${name}`));
  node.type = 'button';
  node.addEventListener('click', press);
  return node;
}

if (!customElements.get('mayfly-avatar')) customElements.define('mayfly-avatar', MayflyAvatar);
