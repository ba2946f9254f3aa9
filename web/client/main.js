// The page: five moments, one after the other, and the person decides when.
import { Face } from '../shared/face/face.js';
import { Ladder } from '../shared/ladder.js';
import { Lookups } from '../shared/talk/lookups.js';
import { Speaker } from '../shared/sound/speaker.js';
import { Gateway, GatewayError } from '../shared/talk/gateway.js';
import { choose, LANGUAGES } from '../shared/saying.js';
import { Words } from '../shared/words.js';
import { leaveArrive, noticeOf, showArrive, speaks } from './arrive.js';
import { Consents } from '../shared/talk/consents.js';
import { askConsent, askNotice } from './boxes.js';
import { Captions } from './captions.js';
import { Choices } from './choices.js';
import { Door } from './door.js';
import { $, el, translate } from '../shared/dom.js';
import { Ending } from './ending.js';
import { Human } from './human.js';
import { Info } from './info.js';
import { fetchWords, languagesOf, showLanguages } from './language.js';
import { dissolve } from './leave.js';
import { Live } from '../shared/live.js';
import { Options } from './options.js';
import { Record } from './record.js';
import { Report } from './report.js';
import { Reports } from '../shared/talk/reports.js';
import { Sound } from './sound.js';
import { Status } from './status.js';
import { failedText } from '../shared/talk/turns.js';
import { Tabs } from './tabs.js';
import { Tray } from '../shared/tray.js';
import { Talk } from './talk.js';
import { Voice } from './voice.js';

/**
 * @typedef {import('../shared/talk/gateway.js').PageData} PageData
 * @typedef {import('../shared/talk/gateway.js').AvatarCard} AvatarCard
 */

/** Milliseconds in which the gateway must present the notice of a new language. */
const PRESENTING = 3000;
const WORKLET = new URL('../shared/sound/worklet.js', import.meta.url).href;

const root = document.documentElement;
const gateway = new Gateway(location.origin);

class Page {
  /** @type {PageData} */
  #data = {};
  /** @type {AvatarCard} */
  #avatar = { id: '' };
  #words = new Words('en');
  /** The language that was chosen last. */
  #wish = '';
  /** Its words, if they are not here yet. */
  #coming = Promise.resolve(true);
  /** @type {Face} */
  #face;
  /** @type {Live|null} */
  #live = null;
  #captions = new Captions();
  #door = new Door(this.#words);
  #talk;
  #record;
  #consents;
  #choices;
  #voice;
  #tray;
  #sound;
  #report;
  #ending;
  #options;
  #info;
  #status;
  #human;
  #ladder = new Ladder();
  #lookups = new Lookups();
  #tabs = new Tabs(() => this.#talk.toast(this.#words.say('otherTab')));
  #boxes = new AbortController();
  /** Hash of the notice that was on the screen when somebody pressed Start. */
  #shownNotice = '';
  #talked = false;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #presenting;
  #leaving = false;
  #onunload = (/** @type {Event} */ e) => {
    // The browser asks in its own words; what it means here is said beside it.
    this.#talk.toast(this.#words.say('reload'), { seconds: 12 });
    e.preventDefault();
  };

  constructor() {
    this.#face = new Face($('face'), { badge: 'AI', onmouth: (id) => (root.dataset.mouth = String(id)), onpicture: (works) => this.#stands(this.#ladder.picture(works)) });
    const boxes = () => this.#boxes.signal;
    const tenant = () => this.#data.tenant?.name ?? '';
    const rights = () => this.#live?.conversation.rights;
    this.#talk = new Talk(this.#words, { waits: () => this.#tray.count > 0, ask: (text) => this.#ask(text), typed: () => this.#typed(), report: (line) => this.#report.open(line), again: (line) => this.#live?.again(line) });
    this.#record = new Record(this.#words, this.#talk, { off: (erase) => rights()?.offTheRecord(erase), tenant, boxes });
    this.#consents = new Consents({ rights, ask: (request) => askConsent(request, this.#asks(request, boxes())), changed: () => {
      this.#choices.show();
      this.#voice.show();
      this.#tray.changed();
    } });
    this.#choices = new Choices(this.#words, this.#consents);
    this.#voice = new Voice(this.#words, this.#talk, this.#consents, () => this.#live?.listening);
    this.#tray = new Tray({ button: $('attach'), camera: $('camera'), tray: $('tray'), zone: $('talk'), field: this.#talk.field }, {
      words: () => this.#words, consents: this.#consents, conversation: () => this.#live?.conversation,
      make: (tag, name) => el(/** @type {any} */ (tag), { class: name }), say: (text, urgent) => (urgent ? this.#talk.toast(text, { urgent, seconds: 10 }) : this.#talk.tell(text)),
      shown: (item, { glimpse, name }) => this.#talk.glimpse(item, glimpse, name),
    });
    this.#sound = new Sound(this.#words, this.#talk);
    this.#report = new Report(this.#words, this.#talk, new Reports(() => this.#live?.conversation), tenant);
    const page = { words: () => this.#words, talk: this.#talk, data: () => this.#data, live: () => this.#live };
    this.#status = new Status({ ...page, captions: this.#captions });
    this.#human = new Human({ ...page, request: () => this.#live?.conversation.requestHuman(),
      cancel: () => this.#live?.conversation.cancelHuman(), changed: () => this.#label() });
    this.#ending = new Ending({
      ...page, record: this.#record,
      erase: (key) => gateway.erase(key), unload: this.#onunload,
    });
    this.#options = new Options(this.#words, {
      size: (v) => (this.#captions.size = v), speed: (v) => this.#live?.conversation.setSpeed(v), announce: (yes) => (this.#talk.announce = yes),
      restart: () => this.#restart(), lines: () => this.#live?.lines ?? [], name: () => this.#avatar.name ?? this.#avatar.id,
    });
    this.#info = new Info({ ...page, avatar: () => this.#avatar });
    this.#wire();
  }

  /**
   * What a question ends with: one about a human, with that human.
   * @param {any} request
   * @param {AbortSignal} page
   */
  #asks(request, page) {
    return request.purposes?.includes('handoff') ? AbortSignal.any([page, this.#human.asking]) : page;
  }

  /** The label says at once who answers: a human, or an AI. */
  #label() {
    const here = this.#human.here;
    // The figure stays what it is, an AI, and is silent: still, faint, without a word under it.
    $('face').setAttribute('aria-label', this.#words.say(here ? 'avatarSilent' : 'avatarLabel', { name: this.#avatar.name ?? this.#avatar.id }));
    this.#talk.addressed(here ? this.#human.name : '');
    this.#status.mood();
  }

  async open() {
    // The words that this browser wants most likely come beside what the page tells of.
    const wish = choose(navigator.languages, Object.keys(LANGUAGES));
    [this.#data] = await Promise.all([gateway.page().catch(() => ({})), fetchWords(wish)]);
    const avatars = this.#data.avatars ?? [];
    if (avatars.length === 0) {
      this.#speak(wish);
      this.#door.trouble(this.#words.say('loadFailed'));
      this.#become('arrive');
      this.#door.opens(() => location.reload(), 'retry');
      return;
    }
    this.#avatar = avatars[0];
    await this.#turnTo(choose(navigator.languages, this.#offered()));
    this.#become('arrive');
    this.#door.opens(() => this.#start(noticeOf(this.#avatar, this.#words)?.text_sha256 ?? ''));
  }

  #offered() {
    return languagesOf(this.#data, this.#avatar);
  }

  // Words -------------------------------------------------------------------

  /**
   * Speaks a language once its words are here. Until then, and if they cannot be had, everything stays as it is.
   * @param {string} locale
   * @param {AvatarCard} [avatar]
   * @returns {Promise<boolean>} whether it is spoken now
   */
  async #turnTo(locale, avatar = this.#avatar) {
    this.#wish = locale;
    this.#coming = fetchWords(locale);
    const here = await this.#coming;
    if (this.#wish !== locale) return false; // another was chosen meanwhile
    this.#avatar = avatar;
    this.#speak(here ? locale : this.#words.locale);
    return here;
  }

  /** @param {string} locale */
  #speak(locale) {
    this.#words = new Words(locale);
    const words = this.#words;
    translate(words);
    const name = this.#avatar.name ?? this.#avatar.id;
    document.title = name ? `${name} · Mayfly` : 'Mayfly';
    showLanguages(this.#offered(), words.locale);
    $('face').setAttribute('aria-label', words.say('avatarLabel', { name: name || 'Mayfly' }));
    this.#face.wear({ look: this.#avatar.look, colour: this.#avatar.colour, badge: words.say('badge') });
    this.#talk.speak(words, name);
    this.#human.show();
    this.#label();
    showArrive(this.#data, this.#avatar, words, (avatar) =>
      this.#turnTo(choose([this.#words.locale], languagesOf(this.#data, avatar)), avatar));
    for (const part of [this.#door, this.#record, this.#choices, this.#voice, this.#tray, this.#sound, this.#report, this.#options]) part.speak(words);
    this.#door.showOff(this.#avatar);
    this.#status.mood();
  }

  /** @param {string} locale */
  async #changeLanguage(locale) {
    if (!(await this.#turnTo(locale)) || !this.#live || this.#live.conversation.state !== 'talking') return;
    // Its notice comes again; a gateway that presents none gets a fresh start instead.
    this.#live.conversation.setLocale(locale);
    this.#presenting = setTimeout(() => this.#restart(), PRESENTING);
  }

  // Moments -----------------------------------------------------------------

  /** @param {'arrive'|'connecting'|'talking'|'ended'} state */
  #become(state) {
    root.dataset.state = state;
    $('arrive').hidden = state !== 'arrive' && state !== 'connecting';
    $('talk').hidden = state !== 'talking';
    $('caption').hidden = state !== 'talking';
    $('ended').hidden = state !== 'ended';
    this.#door.show(state === 'connecting');
    if (state === 'talking') window.addEventListener('beforeunload', this.#onunload);
    else window.removeEventListener('beforeunload', this.#onunload);
  }

  /** @param {string} shown hash of the notice on the screen; empty: it is asked in a box */
  async #start(shown) {
    await this.#coming; // whoever chose a language and pressed Start at once is greeted in it
    if (this.#live || root.dataset.state === 'connecting') return;
    this.#become('connecting');
    this.#door.trouble('');
    this.#status.mood('connecting');
    this.#face.state = 'connecting';
    this.#shownNotice = shown;
    this.#talked = false;
    for (const part of [this.#record, this.#consents, this.#report, this.#ending, this.#ladder, this.#info, this.#human]) part.begin();
    this.#info.stands(this.#ladder.rung);
    this.#status.busy(false);
    this.#boxes = new AbortController();
    const speaker = speaks(this.#avatar, this.#words.locale) ? await Speaker.open(WORKLET) : null;
    const live = new Live({
      face: this.#face, speaker, gateway, avatar: this.#avatar.id, locale: this.#words.locale, calls: this.#data.media !== false,
      microphone: this.#avatar.microphone === true, worklet: WORKLET,
    }, {
      state: (state, why) => this.#state(state, why),
      transport: (kind) => (root.dataset.transport = kind),
      line: (line) => this.#talk.line(line),
      busy: (busy) => this.#status.busy(busy),
      mood: (mood) => this.#status.mood(mood),
      heard: (line, ms) => this.#captions.show(line, ms),
      disclosed: (d) => this.#disclosed(d),
      consent: (c) => this.#consents.asked(c),
      listening: this.#voice.ears,
      fact: (name, e) => this.#fact(name, e),
    });
    this.#live = live;
    this.#sound.begin(live);
    this.#voice.offer(false);
    this.#tray.offer([], '');
    try {
      await live.conversation.start();
      this.#options.begin();
    } catch (why) {
      if (why instanceof GatewayError && why.code === 'avatar_off') {
        this.#avatar.off = why.says;
        this.#door.showOff(this.#avatar);
        return;
      }
      const busy = why instanceof GatewayError && (why.status === 429 || why.status === 503);
      this.#door.trouble(this.#words.say(busy ? 'why_busy' : 'why_unreachable', { n: busy && why.retryAfter ? why.retryAfter : 10 }));
    }
  }

  /**
   * @param {import('../shared/talk/conversation.js').ConversationState} state
   * @param {string} why
   */
  #state(state, why) {
    root.dataset.link = state;
    const words = this.#words;
    if (state === 'talking') {
      if (!this.#talked) {
        this.#talked = true;
        leaveArrive();
        this.#become('talking');
        this.#tabs.begin();
        this.#talk.field.focus({ preventScroll: true });
      }
      if (why === 'resumed' || why === 'mended') {
        const cut = why === 'resumed' && this.#live?.lines.at(-1)?.status === 'stopped';
        this.#talk.toast(cut ? `${words.say('backAgain')} ${words.say('answerCut')}` : words.say('backAgain'), { seconds: 8 });
      }
    } else if (state === 'reconnecting') {
      this.#talk.tell(words.say('status_reconnecting'), true);
    } else if (state === 'ended') {
      this.#finish(why);
    }
  }

  /** @param {string} why */
  async #finish(why) {
    const live = this.#live;
    if (!live || this.#leaving) return;
    this.#leaving = true;
    this.#boxes.abort();
    this.#tabs.end();
    clearTimeout(this.#presenting);
    for (const part of [this.#options, this.#info, this.#record, this.#report]) part.close();
    live.listening.close();
    if (this.#talked) await dissolve();
    this.#live = null;
    live.close();
    this.#talk.clear();
    this.#captions.clear();
    this.#leaving = false;
    this.#face.lookAt(null);
    delete root.dataset.transport;
    if (!this.#talked) {
      this.#status.mood('idle');
      this.#face.state = 'idle';
      if (why === 'left') this.#door.trouble('');
      else if (!this.#door.troubled) this.#door.trouble(this.#words.say('why_unreachable'));
      this.#become('arrive');
      return;
    }
    this.#face.state = 'gone';
    this.#status.mood('gone');
    this.#ending.card(why);
    this.#become('ended');
    $('gone').focus({ preventScroll: true });
  }

  async #leave() {
    if (await this.#record.mayLeave()) await this.#live?.conversation.end();
  }

  /** Ends this conversation and begins another, without going through the door again. */
  async #restart() {
    clearTimeout(this.#presenting);
    this.#options.close();
    if (!(await this.#record.mayLeave())) return;
    await this.#live?.conversation.end();
    while (this.#leaving) await new Promise((resolve) => setTimeout(resolve, 30));
    await this.#start('');
  }

  // What the wire says ------------------------------------------------------

  /**
   * The notice that was read before Start counts if it is the very same text.
   * @param {import('../shared/talk/conversation.js').Disclosure} d
   */
  async #disclosed(d) {
    clearTimeout(this.#presenting);
    const same = this.#shownNotice !== '' && d.text_sha256 === this.#shownNotice;
    this.#shownNotice = '';
    return same || askNotice(d, this.#boxes.signal);
  }

  /**
   * @param {string} name
   * @param {any} e
   */
  #fact(name, e) {
    const words = this.#words;
    if (this.#lookups.take(name, e)) {
      this.#status.look(this.#lookups.provider);
      return;
    }
    if (name === 'metrics') this.#info.measured(e);
    else if (name === 'ready') {
      this.#voice.offer((e.capabilities ?? []).includes('voice_input'));
      this.#tray.offer(e.capabilities ?? [], this.#avatar.answers?.name ?? e.storage?.backends?.[0]?.name ?? '');
    }
    this.#consents.take(name, e);
    const told = this.#record.take(name, e);
    if (this.#report.take(name, e) || told) return;
    if (name === 'ladder.state') this.#stands(this.#ladder.take(e));
    else if (name === 'expiring') {
      this.#ending.near(e.reason ?? '', e.seconds_left ?? 0);
    } else if (!this.#human.take(name, e) && name === 'error') this.#error(e);
  }

  /** @param {string} said the key of what the person is told of it; empty: nothing */
  #stands(said) {
    this.#info.stands(this.#ladder.rung);
    if (!said || !this.#talked) return;
    const ask = said === 'ladder_ask_human' && !$('human').hidden;
    this.#talk.toast(this.#words.say(said), ask ? { button: 'aHuman', press: () => $('human').click() } : { seconds: 8 });
  }

  /** @param {any} error */
  #error(error) {
    if (error.code === 'microphone_not_enabled') this.#voice.refused();
    else if (error.code === 'ended') this.#ending.said = error.message ?? '';
    else if (error.code === 'session_expired') this.#talk.tell(this.#words.say('why_limit'), true);
    else if (/locale/.test(String(error.param ?? ''))) this.#restart();
    else if (/^backend_|^internal_error|^rate_limit/.test(error.code ?? '')) this.#talk.toast(failedText({ why: error.code }, this.#words), { seconds: 6 });
    root.dataset.error = error.code ?? '';
  }

  // What a person does ------------------------------------------------------

  /** @param {string} text */
  #ask(text) {
    if (this.#ending.movable) this.#talk.hideToast();
    this.#face.lookAt(null);
    if (this.#tray.count > 0) return this.#showAndAsk(text);
    return this.#live?.ask(text) ?? false;
  }

  /**
   * What is shown goes first. If it cannot be sent, nothing is asked, and the words are there again.
   * @param {string} text
   */
  #showAndAsk(text) {
    const live = this.#live;
    if (!live || this.#tray.sending) return false;
    this.#tray.send().then((all) => {
      if (this.#live !== live) return;
      if (!all) this.#talk.restore(text);
      else if (text.trim()) live.ask(text);
      else live.askShown();
    });
    return true;
  }

  #typed() {
    this.#live?.typed();
    this.#face.lookAt(this.#talk.field.value ? this.#talk.caret() : null);
  }

  #wire() {
    const on = (/** @type {string} */ id, /** @type {() => void} */ f) => $(id).addEventListener('click', f);
    $('language').addEventListener('change', (e) => this.#changeLanguage(/** @type {HTMLSelectElement} */ (e.target).value));
    this.#talk.field.addEventListener('blur', () => this.#face.lookAt(null));
    on('stop', () => {
      this.#live?.stop();
      this.#talk.field.focus({ preventScroll: true });
    });
    document.addEventListener('keydown', (e) => {
      if (e.key === 'Escape' && !document.querySelector('dialog[open]') && !this.#voice.escape()) this.#live?.stop();
    });
    on('leave', () => this.#leave());
    on('again', () => this.#become('arrive'));
    on('again', () => {
      this.#face.state = 'idle';
      this.#status.mood('idle');
      $('start').focus();
    });
    // Whoever goes away has left: nothing waits for them at the gateway.
    window.addEventListener('pagehide', () => this.#live?.conversation.drop());
  }
}

new Page().open();
