// <mayfly-avatar>: a conversation with an avatar on somebody else's page. The
// same modules as the gateway's own page, in one file, with nothing that a
// strict content policy forbids: no inline style, no worker, no storage.
import { Face } from '../shared/face/face.js';
import { Stage } from '../shared/face/stage.js';
import { Live } from '../shared/live.js';
import { saveFile } from '../shared/save.js';
import { Speaker } from '../shared/sound/speaker.js';
import { Gateway } from '../shared/talk/gateway.js';
import { keyFile, Stored, whenText } from '../shared/talk/stored.js';
import { choose, Words, WORDS } from '../shared/words.js';
import { CROSS, elementSheet, PERSON, PLANE, SOUND, SQUARE } from './sheet.js';

/** The audio thread's part cannot be inside this file: browsers load it by address. */
const WORKLET = new URL('./worklet.js', import.meta.url).href;
/** Lines that stay in view; older ones stay in memory only. */
const LINES = 40;

/**
 * Attributes: `gateway` (its origin), `token-url` (where a token comes from; POST {avatar, locale} -> {value}),
 * `avatar`, and if wished `name`, `look`, `colour`, `locale`, `silent` (text only).
 * Events: `ready` (detail.avatar), `state` (detail.state, detail.mood), `error` (detail.code), and once something is
 * stored `mayfly-receipt` (detail.key, detail.url, detail.storedUntil). None of them carries words.
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
  #stored = new Stored(location.origin);
  /** The person has pressed Off the record and the gateway has not answered yet. */
  #offing = false;
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
      consent: async (c) => (mine() ? this.#consent(c) : {}),
      fact: (name, e) => mine() && this.#fact(name, e),
    });
    this.#live = live;
    this.#leaving = this.#offing = false;
    this.#stored = new Stored(this.getAttribute('gateway') ?? location.origin);
    this.#showStored();
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
    p.leave = button('tool leave', () => this.#leave(), CROSS);
    p.tools.append(p.sound, p.human, p.leave);
    p.figure = part('div', 'figure');
    p.figure.setAttribute('role', 'img');
    p.name = part('p', 'name');
    p.ai = part('p', 'ai');
    p.caption = part('p', 'caption');
    p.caption.setAttribute('aria-hidden', 'true');
    p.status = part('p', 'status');
    p.status.setAttribute('role', 'status');
    p.record = part('div', 'record');
    p.recording = part('p', 'recording');
    p.recording.setAttribute('role', 'status');
    p.off = button('off', () => this.#offRecord());
    p.off.setAttribute('role', 'switch');
    p.record.append(p.recording, p.off);
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
    p.yes = button('yes continue', () => this.#answer?.(true));
    p.no = button('no leave-notice', () => this.#answer?.(false));
    p.notice.append(p.noticeText, p.no, p.yes);
    p.kept = part('div', 'kept');
    p.kept.setAttribute('role', 'group');
    p.keptText = part('p', 'kept-text');
    p.keySave = button('key-save', () => this.#saveKey());
    p.keyOpen = part('a', 'button key-open');
    p.keyOpen.setAttribute('target', '_blank');
    p.keyOpen.setAttribute('rel', 'noopener noreferrer');
    p.keyOpen.addEventListener('click', () => (this.#stored.taken = true));
    p.kept.append(p.keptText, p.keySave, p.keyOpen);
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
    p.box.append(p.tools, p.figure, p.name, p.ai, p.record, p.said, p.note, p.log, p.kept, p.notice, p.start, p.composer, p.polite);
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
    for (const [key, text] of [['ai', 'isAI'], ['start', 'start'], ['goOn', 'goOn'], ['keySave', 'keySave'], ['keyOpen', 'read']]) {
      p[key].textContent = w.say(text);
    }
    p.stop.replaceChildren(icon(SQUARE), w.say('stop'));
    p.kept.setAttribute('aria-label', w.say('keyTitle'));
    this.#showStored();
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
    const left = this.#stored.left;
    const end = left === 'nothing' ? `${w.say('gone')} ${w.say('bytes')}` : w.say(left === 'stored' ? 'kept' : 'keptUnknown');
    this.#showStored();
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
    p.record.hidden = !talking;
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
    } else if (this.#stored.take(name, e)) {
      this.#told(name, e);
    }
  }

  /**
   * Something about recording has become so.
   * @param {string} name
   * @param {any} e
   */
  #told(name, e) {
    const stored = this.#stored;
    if (name === 'receipt.key') {
      this.#dispatch('mayfly-receipt', { key: stored.key, url: stored.url, storedUntil: stored.until });
    } else if (name === 'optout.state') {
      this.#offing = false;
      if (e.erased > 0) {
        if (stored.left === 'nothing') stored.gone();
        this.#note(this.#words.say('erased'));
      } else if (stored.turns > 0) this.#askErase();
    } else if (name === 'recording.state' && stored.state === 'failed') {
      this.#note(this.#words.say('recordFailed'));
    }
    this.#showStored();
  }

  /** The word that says whether it is recorded, the switch that ends that, and the key. */
  #showStored() {
    const p = this.#parts;
    const w = this.#words;
    const { state, opted, key, until } = this.#stored;
    p.recording.textContent = w.say(state === 'on' ? 'recordedNow' : 'notRecordedNow');
    p.recording.dataset.recording = state;
    p.off.hidden = state !== 'on' && !opted && !this.#offing;
    p.off.textContent = w.say(this.#offing ? 'offWaiting' : 'offRecord');
    p.off.setAttribute('aria-checked', String(opted));
    p.off.setAttribute('aria-busy', String(this.#offing));
    p.kept.hidden = key === '' || this.#stored.left === 'nothing';
    p.keptText.textContent = [w.say('keyOffer'), until ? `${w.say('storedUntil', { date: whenText(until, w.locale) })}.` : ''].join(' ').trim();
    /** @type {HTMLAnchorElement} */ (p.keyOpen).href = this.#stored.link || '#';
  }

  #saveKey() {
    saveFile('mayfly-key.json', keyFile(this.#stored, this.#words.say('keyFileNote')), 'application/json');
    this.#stored.taken = true;
  }

  #offRecord() {
    if (this.#stored.opted || this.#offing) return;
    this.#offing = true;
    this.#live?.conversation.offTheRecord(false);
    this.#showStored();
  }

  async #askErase() {
    const w = this.#words;
    if (await this.#ask(w.say('eraseBefore'), w.say('eraseNo'), w.say('erase'))) this.#live?.conversation.offTheRecord(true);
  }

  /** Whoever would leave the key behind is asked first. */
  async #leave() {
    const w = this.#words;
    const { left, key, taken } = this.#stored;
    if (left === 'stored' && key && !taken) {
      if (!(await this.#ask(w.say('leaveText', { tenant: this.#contact.organisation ?? '' }), w.say('stay'), w.say('leave')))) return;
    }
    await this.end();
  }

  /**
   * Each purpose is a question of its own, in the gateway's sentence; what it
   * has no sentence for is not asked, and so not agreed to.
   * @param {any} c
   * @returns {Promise<Record<string, boolean>>}
   */
  async #consent(c) {
    const grants = Object.fromEntries((c.purposes ?? []).map((/** @type {string} */ p) => [p, false]));
    for (const { purpose, text } of c.sentences ?? []) {
      if (purpose in grants && text) grants[purpose] = await this.#ask(text, this.#words.say('consentNo'), this.#words.say('consentYes'));
    }
    return grants;
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
    this.#contact = d.contact ?? {};
    this.#say('');
    return this.#ask(d.text, this.#words.say('noticeLeave'), this.#words.say('noticeContinue'), d);
  }

  /**
   * Shows a question and waits for one of two buttons. Those of the notice
   * lead on or away; those of a question weigh the same.
   * @param {string} text
   * @param {string} no
   * @param {string} yes
   * @param {{dir?: string}} [notice]
   * @returns {Promise<boolean>}
   */
  #ask(text, no, yes, notice) {
    const p = this.#parts;
    this.#answer?.(false);
    p.noticeText.textContent = text;
    p.noticeText.dir = notice?.dir ?? 'auto';
    p.no.textContent = no;
    p.yes.textContent = yes;
    p.no.setAttribute('part', notice ? 'button no leave-notice' : 'button no');
    p.yes.setAttribute('part', notice ? 'button yes continue' : 'button yes');
    return new Promise((resolve) => {
      this.#answer = (yes) => {
        this.#answer = null;
        this.#held = this.shadowRoot?.activeElement != null;
        if (p.notice) p.notice.hidden = true;
        if (this.#held && !notice && p.field && !p.field.closest('[hidden]')) p.field.focus({ preventScroll: true });
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
