// <mayfly-avatar>: a conversation with an avatar on somebody else's page. The
// same modules as the gateway's own page, in one file, with nothing that a
// strict content policy forbids: no inline style, no worker, no storage.
import { Face } from '../shared/face/face.js';
import { Stage } from '../shared/face/stage.js';
import { Live } from '../shared/live.js';
import { Speaker } from '../shared/sound/speaker.js';
import { Gateway } from '../shared/talk/gateway.js';
import { choose, Words, WORDS } from '../shared/words.js';
import { CROSS, elementSheet, PERSON, PLANE, SOUND, SQUARE } from './sheet.js';

/** The audio thread's part cannot be inside this file: browsers load it by address. */
const WORKLET = new URL('./worklet.js', import.meta.url).href;
/** Lines that stay in view; older ones stay in memory only. */
const LINES = 40;

/**
 * Attributes: `gateway` (its origin), `token-url` (where a token comes from; POST {avatar, locale} -> {value}),
 * `avatar`, and if wished `name`, `look`, `colour`, `locale`, `silent` (text only).
 * Events: `ready` (detail.avatar), `state` (detail.state, detail.mood), `error` (detail.code). None of them carries words.
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
  /** Whether the keyboard was in here when a button went away. */
  #held = false;
  #recorded = false;
  #leaving = false;
  /** @type {{organisation?: string, email?: string}} */
  #contact = {};
  #onhide = () => this.#live?.conversation.drop();

  /** arrive, connecting, talking, reconnecting or ended */
  get state() {
    return this.#state;
  }

  connectedCallback() {
    // Moving an element disconnects and connects it; what lives on must not be built twice.
    if (this.#face) return;
    this.#build();
    addEventListener('pagehide', this.#onhide);
    this.#dispatch('ready', { avatar: this.getAttribute('avatar') ?? '' });
  }

  disconnectedCallback() {
    queueMicrotask(() => {
      if (!this.isConnected) this.#destroy();
    });
  }

  /** @param {string} name */
  attributeChangedCallback(name) {
    if (!this.#face) return;
    const was = this.#words.locale;
    this.#dress();
    this.#become(this.#state);
    // The notice is given again, in the other language.
    if (name === 'locale' && this.#words.locale !== was) this.#live?.conversation.setLocale(this.#words.locale);
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
    // The gateway may still speak while an element that was taken away says goodbye.
    const mine = () => this.#live === live;
    const live = new Live(parts, {
      state: (state, why) => mine() && this.#moved(live, state, why),
      transport: () => {},
      line: (line) => mine() && this.#line(line),
      busy: (busy) => mine() && (this.#parts.stop.hidden = !busy),
      mood: (mood) => mine() && this.#feel(mood),
      heard: (line, ms) => mine() && this.#caption(line, ms),
      disclosed: async (d) => mine() && this.#notice(d),
      // Nobody is asked to widen anything inside another site: no is the answer.
      consent: async (c) => Object.fromEntries((c.purposes ?? []).map((/** @type {string} */ p) => [p, false])),
      fact: (name, e) => mine() && this.#fact(name, e),
    });
    this.#live = live;
    this.#recorded = this.#leaving = false;
    try {
      await live.conversation.start();
    } catch (why) {
      // Taken away or ended meanwhile: nobody waits for it any more.
      if (!this.#face || this.#leaving) return;
      this.#dispatch('error', { code: why instanceof Error ? why.message : 'unreachable' });
      this.#say(this.#words.say('why_unreachable'));
    }
  }

  /**
   * @param {string} text
   * @returns {boolean} whether it could be asked now
   */
  ask(text) {
    this.#note('');
    return this.#live?.ask(text) ?? false;
  }

  /** @returns {Promise<void>} */
  async end() {
    this.#leaving = true;
    this.#answer?.(false);
    await this.#live?.conversation.end();
  }

  // Building ----------------------------------------------------------------

  #build() {
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [elementSheet()];
    const p = this.#parts;
    p.tools = part('div', 'tools');
    p.sound = button('tool sound', () => this.#hush(), SOUND);
    p.human = button('tool human', () => this.#live?.conversation.requestHuman(), PERSON);
    p.leave = button('tool leave', () => this.end(), CROSS);
    p.tools.append(p.sound, p.human, p.leave);
    p.figure = part('div', 'figure');
    p.figure.setAttribute('role', 'img');
    p.name = part('p', 'name');
    p.ai = part('p', 'ai');
    p.caption = part('p', 'caption');
    p.caption.setAttribute('aria-hidden', 'true');
    p.status = part('p', 'status');
    p.status.setAttribute('role', 'status');
    p.recording = part('p', 'recording');
    p.recording.setAttribute('role', 'status');
    p.said = part('div', 'said');
    p.said.append(p.caption, p.status);
    p.note = part('div', 'note');
    p.noteText = part('p', 'note-text');
    p.noteText.setAttribute('role', 'alert');
    p.goOn = button('go-on', () => this.#goOn());
    p.note.append(p.noteText, p.goOn);
    p.log = part('ol', 'log');
    p.log.tabIndex = 0;
    p.polite = part('div', 'polite');
    p.polite.setAttribute('aria-live', 'polite');
    p.notice = part('div', 'notice');
    p.notice.setAttribute('role', 'group');
    p.noticeText = part('p', 'notice-text');
    p.noticeText.tabIndex = -1;
    p.yes = button('continue', () => this.#answer?.(true));
    p.no = button('leave-notice', () => this.#answer?.(false));
    p.notice.append(p.noticeText, p.no, p.yes);
    p.start = button('start', () => this.start());
    p.composer = part('form', 'composer');
    p.field = part('input', 'field');
    p.field.setAttribute('autocomplete', 'off');
    p.field.setAttribute('maxlength', '4000');
    p.send = button('send', () => {}, PLANE);
    /** @type {HTMLButtonElement} */ (p.send).type = 'submit';
    p.stop = button('stop', () => this.#live?.stop(), SQUARE);
    p.composer.append(p.field, p.stop, p.send);
    p.composer.addEventListener('submit', (e) => {
      e.preventDefault();
      const field = /** @type {HTMLInputElement} */ (p.field);
      if (field.value.trim() && this.ask(field.value)) field.value = '';
    });
    p.field.addEventListener('input', () => this.#live?.typed());
    p.box = part('div', 'box');
    p.box.append(p.tools, p.figure, p.name, p.ai, p.recording, p.said, p.note, p.log, p.notice, p.start, p.composer, p.polite);
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
    p.name.textContent = name;
    p.figure.setAttribute('aria-label', w.say('avatarLabel', { name }));
    p.log.setAttribute('aria-label', w.say('conversation'));
    p.notice.setAttribute('aria-label', w.say('noticeTitle'));
    p.field.setAttribute('aria-label', w.say('ask', { name }));
    p.field.setAttribute('placeholder', w.say('askPlaceholder'));
    for (const [key, text] of [['sound', 'sound'], ['human', 'aHuman'], ['leave', 'leave'], ['send', 'send']]) {
      p[key].setAttribute('aria-label', w.say(text));
      p[key].title = w.say(text);
    }
    for (const [key, text] of [['ai', 'isAI'], ['start', 'start'], ['yes', 'noticeContinue'], ['no', 'noticeLeave'], ['goOn', 'goOn']]) {
      p[key].textContent = w.say(text);
    }
    p.stop.replaceChildren(icon(SQUARE), w.say('stop'));
    this.#face?.wear({ look: this.#get('look'), colour: this.#get('colour'), badge: w.say('badge') });
  }

  #destroy() {
    this.#answer?.(false);
    const live = this.#live;
    this.#live = null;
    removeEventListener('pagehide', this.#onhide);
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
   * @param {string} why
   */
  #moved(live, state, why) {
    if (state === 'talking') {
      this.#become('talking');
      // The keyboard goes on where it was, and is never taken from the page around.
      if (this.#held) this.#parts.field.focus({ preventScroll: true });
      this.#held = false;
    } else if (state === 'reconnecting') this.#become('reconnecting');
    else if (state === 'ended') this.#over(live, why);
  }

  /**
   * @param {Live} live
   * @param {string} why
   */
  #over(live, why) {
    const held = this.#held || this.shadowRoot?.activeElement != null;
    this.#answer?.(false);
    this.#held = false;
    this.#live = null;
    live.close();
    this.#lines.clear();
    this.#note('');
    this.#parts.log.replaceChildren();
    this.#parts.caption.replaceChildren();
    this.#parts.polite.replaceChildren();
    if (this.#face) this.#face.state = 'gone';
    this.#become('ended');
    const w = this.#words;
    const end = this.#recorded ? w.say('kept') : `${w.say('gone')} ${w.say('bytes')}`;
    this.#say(`${w.say(`why_${reasonOf(why)}`)} ${end}`.trim());
    if (held) this.#parts.start.focus({ preventScroll: true });
  }

  /** @param {string} state */
  #become(state) {
    const p = this.#parts;
    const talking = state === 'talking' || state === 'reconnecting';
    p.start.hidden = talking || state === 'connecting';
    p.name.hidden = talking;
    for (const key of ['tools', 'composer', 'log', 'caption']) p[key].hidden = !talking;
    p.sound.hidden = !this.#live?.voice;
    p.sound.setAttribute('aria-pressed', String(!(this.#live?.muted ?? true)));
    p.recording.hidden = !talking || p.recording.textContent === '';
    p.notice.hidden = this.#answer === null;
    p.note.hidden = p.noteText.textContent === '';
    p.start.textContent = this.#words.say(state === 'ended' ? 'again' : 'start');
    if (state === 'connecting' || state === 'reconnecting') this.#say(this.#words.say(`status_${state}`));
    if (state === this.#state && this.dataset.state === state) return;
    p.stop.hidden = true;
    this.#state = state;
    this.dataset.state = state;
    this.#dispatch('state', { state, mood: this.#face?.state ?? 'idle' });
  }

  /** @param {string} mood */
  #feel(mood) {
    this.dataset.mood = mood;
    if (this.#state === 'talking') this.#say(this.#words.say(`status_${mood === 'lost' || mood === 'connecting' ? 'idle' : mood}`));
    this.#dispatch('state', { state: this.#state, mood });
  }

  /**
   * @param {string} name
   * @param {any} e
   */
  #fact(name, e) {
    const w = this.#words;
    if (name === 'error') {
      this.#dispatch('error', { code: e.code ?? 'error' });
      if (/handoff/.test(`${e.param ?? ''}${e.code ?? ''}`)) this.#note(this.#nobody());
      else if (/^backend_|^internal_error|^rate_limit/.test(e.code ?? '')) this.#note(w.say('failed'));
    } else if (name === 'handoff.state') {
      this.#note(e.state === 'failed' ? this.#nobody() : w.say('humanAsked'));
    } else if (name === 'expiring') {
      this.#note(w.say(e.reason === 'idle' ? 'expiringIdle' : 'expiringCap', { n: Math.round(e.seconds_left ?? 0) }), true);
    } else if (name === 'recording.state') {
      if (e.state === 'on') this.#recorded = true;
      this.#parts.recording.textContent = e.state === 'on' ? w.say('recordedNow') : e.state === 'failed' ? w.say('recordFailed') : '';
      this.#parts.recording.hidden = e.state === 'off';
    }
  }

  #nobody() {
    const { organisation, email } = this.#contact;
    return email ? this.#words.say('humanNone', { tenant: organisation ?? '', email }) : this.#words.say('humanNoneMail');
  }

  /** @param {string} text @param {boolean} [expiring] */
  #note(text, expiring = false) {
    const p = this.#parts;
    if (!p.note) return;
    p.noteText.textContent = text;
    p.note.hidden = text === '';
    p.goOn.hidden = !expiring;
  }

  #goOn() {
    this.#live?.conversation.goOn();
    this.#note('');
    this.#parts.field.focus({ preventScroll: true });
  }

  #hush() {
    const live = this.#live;
    if (!live) return;
    live.muted = !live.muted;
    this.#parts.sound.setAttribute('aria-pressed', String(!live.muted));
  }

  /**
   * Shows the gateway's notice and waits for a person.
   * @param {import('../shared/talk/conversation.js').Disclosure} d
   * @returns {Promise<boolean>}
   */
  #notice(d) {
    const p = this.#parts;
    this.#contact = d.contact ?? {};
    p.noticeText.textContent = d.text;
    p.noticeText.dir = d.dir ?? 'auto';
    this.#say('');
    return new Promise((resolve) => {
      this.#answer = (yes) => {
        this.#answer = null;
        this.#held = this.shadowRoot?.activeElement != null;
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

/**
 * @param {string} names
 * @param {() => void} press
 * @param {string} [drawing] a path in place of words
 */
function button(names, press, drawing) {
  const node = /** @type {HTMLButtonElement} */ (part('button', `button ${names}`));
  node.type = 'button';
  if (drawing) node.append(icon(drawing));
  node.addEventListener('click', press);
  return node;
}

/** @param {string} drawing */
function icon(drawing) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', drawing);
  svg.append(path);
  return svg;
}

/**
 * What people are told of an end, out of the codes that the gateway gives.
 * @param {string} why
 */
function reasonOf(why) {
  if (/idle/.test(why)) return 'idle';
  if (/expired|limit/.test(why)) return 'limit';
  if (/drain/.test(why)) return 'drain';
  return ['left', 'lost', 'unreachable'].includes(why) ? why : 'closed';
}

if (!customElements.get('mayfly-avatar')) customElements.define('mayfly-avatar', MayflyAvatar);
