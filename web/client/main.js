// The page: five moments, one after the other, and the person decides when.
import { Face } from '../shared/face/face.js';
import { Speaker } from '../shared/sound/speaker.js';
import { Gateway, GatewayError } from '../shared/talk/gateway.js';
import { choose, Words, WORDS } from '../shared/words.js';
import { leaveArrive, showArrive, speaks } from './arrive.js';
import { askConsent, askNotice, closeBox, fillInfo, fillInfoNotice, fillOptions, openBox } from './boxes.js';
import { Captions } from './captions.js';
import { $, el, translate } from '../shared/dom.js';
import { printTalk, asText } from './keep.js';
import { dissolve, own, showGone } from './leave.js';
import { Live } from '../shared/live.js';
import { Record } from './record.js';
import { saveFile } from '../shared/save.js';
import { Tabs } from './tabs.js';
import { Talk } from './talk.js';

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
  /** @type {Face} */
  #face;
  /** @type {Live|null} */
  #live = null;
  #captions = new Captions();
  #talk;
  #record;
  #tabs = new Tabs(() => this.#talk.toast(this.#words.say('otherTab')));
  #boxes = new AbortController();
  /** Hash of the notice that was on the screen when somebody pressed Start. */
  #shownNotice = '';
  #size = '2';
  #speed = '1';
  #muted = false;
  #rung = 'video';
  /** @type {any} */
  #metrics = null;
  #talked = false;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #presenting;
  #leaving = false;
  /** Why the conversation is about to end, when the gateway has said so. */
  #offer = '';
  /** Why the organisation ended it, in its own words. */
  #said = '';
  #onunload = (/** @type {Event} */ e) => {
    // The browser asks in its own words; what it means here is said beside it.
    this.#talk.toast(this.#words.say('reload'), { seconds: 12 });
    e.preventDefault();
  };

  constructor() {
    this.#face = new Face($('face'), { badge: 'AI', onmouth: (id) => (root.dataset.mouth = String(id)) });
    this.#talk = new Talk(this.#words, { ask: (text) => this.#ask(text), typed: () => this.#typed() });
    this.#record = new Record(this.#words, this.#talk, {
      off: (erase) => this.#live?.conversation.offTheRecord(erase),
      tenant: () => this.#data.tenant?.name ?? '',
      boxes: () => this.#boxes.signal,
    });
    this.#wire();
  }

  async open() {
    try {
      this.#data = await gateway.page();
    } catch {
      this.#data = {};
    }
    const avatars = this.#data.avatars ?? [];
    if (avatars.length === 0) {
      this.#speak(choose(navigator.languages, Object.keys(WORDS)));
      this.#trouble(this.#words.say('loadFailed'));
      /** @type {HTMLButtonElement} */ ($('start')).textContent = this.#words.say('retry');
      $('start').onclick = () => location.reload();
      this.#become('arrive');
      return;
    }
    this.#avatar = avatars[0];
    this.#speak(choose(navigator.languages, this.#offered()));
    this.#become('arrive');
    const start = /** @type {HTMLButtonElement} */ ($('start'));
    start.onclick = () => this.#start(this.#data.notice?.[this.#words.locale]?.text_sha256 ?? '');
  }

  #offered() {
    const here = this.#data.languages ?? Object.keys(WORDS);
    const its = this.#avatar.languages;
    const both = here.filter((l) => l in WORDS && (!its || its.length === 0 || its.includes(l)));
    return both.length ? both : ['en'];
  }

  // Words -------------------------------------------------------------------

  /** @param {string} locale */
  #speak(locale) {
    this.#words = new Words(locale);
    const words = this.#words;
    translate(words);
    const name = this.#avatar.name ?? this.#avatar.id;
    document.title = name ? `${name} · Mayfly` : 'Mayfly';
    const select = /** @type {HTMLSelectElement} */ ($('language'));
    select.replaceChildren(...this.#offered().map((l) => {
      const option = el('option', { text: new Words(l).say('languageName') });
      option.value = l;
      option.lang = l;
      option.selected = l === locale;
      return option;
    }));
    $('face').setAttribute('aria-label', words.say('avatarLabel', { name: name || 'Mayfly' }));
    this.#face.wear({ look: this.#avatar.look, colour: this.#avatar.colour, badge: words.say('badge') });
    this.#talk.speak(words, name);
    showArrive(this.#data, this.#avatar, words, (avatar) => {
      this.#avatar = avatar;
      this.#speak(choose([this.#words.locale], this.#offered()));
    });
    fillOptions(words, { size: this.#size, speed: this.#speed }, {
      size: (v) => {
        this.#size = v;
        this.#captions.size = v;
      },
      speed: (v) => {
        this.#speed = v;
        this.#live?.conversation.setSpeed(Number(v));
      },
    });
    this.#record.speak(words);
    this.#showOff();
    this.#showSound();
    this.#showMood(root.dataset.avatarState ?? 'idle');
  }

  /** @param {string} locale */
  #changeLanguage(locale) {
    this.#speak(locale);
    if (!this.#live || this.#live.conversation.state !== 'talking') return;
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
    const start = /** @type {HTMLButtonElement} */ ($('start'));
    start.setAttribute('aria-busy', String(state === 'connecting'));
    start.textContent = this.#words.say(state === 'connecting' ? 'starting' : 'start');
    if (state === 'talking') window.addEventListener('beforeunload', this.#onunload);
    else window.removeEventListener('beforeunload', this.#onunload);
  }

  /** @param {string} shown hash of the notice on the screen; empty: it is asked in a box */
  async #start(shown) {
    if (this.#live || root.dataset.state === 'connecting') return;
    this.#become('connecting');
    this.#trouble('');
    this.#showMood('connecting');
    this.#face.state = 'connecting';
    this.#shownNotice = shown;
    this.#talked = false;
    this.#metrics = null;
    this.#record.begin();
    this.#rung = 'video';
    this.#showBusy(false);
    this.#offer = '';
    this.#said = '';
    this.#boxes = new AbortController();
    const speaker = speaks(this.#avatar, this.#words.locale) ? await Speaker.open(WORKLET) : null;
    const live = new Live({
      face: this.#face, speaker, gateway, avatar: this.#avatar.id, locale: this.#words.locale, calls: this.#data.media !== false,
      microphone: this.#avatar.microphone === true, worklet: WORKLET,
    }, {
      state: (state, why) => this.#state(state, why),
      transport: (kind) => (root.dataset.transport = kind),
      line: (line) => this.#talk.line(line),
      busy: (busy) => this.#showBusy(busy),
      mood: (mood) => this.#showMood(mood),
      heard: (line, ms) => this.#captions.show(line, ms),
      disclosed: (d) => this.#disclosed(d),
      consent: (c) => askConsent(c, this.#boxes.signal),
      fact: (name, e) => this.#fact(name, e),
    });
    live.muted = this.#muted;
    this.#live = live;
    root.dataset.audio = live.voice ? 'voice' : 'text';
    this.#showSound();
    $('mic').hidden = this.#avatar.microphone !== true;
    try {
      await live.conversation.start();
      if (this.#speed !== '1') live.conversation.setSpeed(Number(this.#speed));
    } catch (why) {
      if (why instanceof GatewayError && why.code === 'avatar_off') {
        this.#avatar.off = why.says;
        this.#showOff();
        return;
      }
      const busy = why instanceof GatewayError && (why.status === 429 || why.status === 503);
      this.#trouble(this.#words.say(busy ? 'why_busy' : 'why_unreachable', { n: busy && why.retryAfter ? why.retryAfter : 10 }));
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
    closeBox('options-box');
    closeBox('info-box');
    this.#record.close();
    if (this.#talked) await dissolve();
    this.#live = null;
    live.close();
    this.#talk.clear();
    this.#captions.clear();
    this.#leaving = false;
    this.#face.lookAt(null);
    delete root.dataset.transport;
    if (!this.#talked) {
      this.#showMood('idle');
      this.#face.state = 'idle';
      if (why === 'left') this.#trouble('');
      else if ($('trouble').hidden) this.#trouble(this.#words.say('why_unreachable'));
      this.#become('arrive');
      return;
    }
    this.#face.state = 'gone';
    this.#showMood('gone');
    this.#card(why);
    this.#become('ended');
    $('gone').focus({ preventScroll: true });
  }

  /**
   * What is left of it, and what a person can do about that.
   * @param {string} why
   */
  #card(why) {
    showGone({ why: reason(why), said: this.#said, record: this.#record, page: this.#data }, this.#words);
    if (this.#record.needsKey) window.addEventListener('beforeunload', this.#onunload);
  }

  /** From the card: erases what is stored, and says whether it is gone. */
  async #erase() {
    const stored = this.#record.stored;
    if (!(await this.#record.askErase(this.#words.say('eraseText'), new AbortController().signal))) return;
    let gone = false;
    try {
      gone = await gateway.erase(stored.key);
    } catch {
      // The card says that it is still there.
    }
    if (gone) {
      stored.gone();
      window.removeEventListener('beforeunload', this.#onunload);
      this.#card('');
      $('gone').focus({ preventScroll: true });
    } else {
      $('left').textContent = this.#words.say('eraseFailed');
    }
    this.#talk.tell(this.#words.say(gone ? 'erased' : 'eraseFailed'), true);
  }

  async #leave() {
    if (await this.#record.mayLeave()) await this.#live?.conversation.end();
  }

  /** Ends this conversation and begins another, without going through the door again. */
  async #restart() {
    clearTimeout(this.#presenting);
    closeBox('options-box');
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
    if (name === 'metrics') this.#metrics = e;
    else if (this.#record.take(name, e)) return;
    // Who said no to the microphone is not offered one.
    else if (name === 'consent.state') $('mic').hidden = this.#avatar.microphone !== true || e.grants?.voice_input === false;
    else if (name === 'ladder.state') {
      this.#rung = e.rung ?? this.#rung;
      root.dataset.rung = this.#rung;
      if (e.rung !== 'video' && this.#talked) this.#talk.toast(words.say(`ladder_${e.rung}`), { seconds: 8 });
    } else if (name === 'expiring') {
      this.#ending(e.reason ?? '', e.seconds_left ?? 0);
    } else if (name === 'handoff.state') {
      this.#talk.toast(e.state === 'failed' ? this.#nobody() : words.say('humanAsked'), { seconds: e.state === 'failed' ? 0 : 8 });
    } else if (name === 'error') this.#error(e);
  }

  /**
   * The end is near: why, for how long yet, and what a person can do about it.
   * @param {string} code
   * @param {number} seconds
   */
  #ending(code, seconds) {
    const why = reason(code);
    this.#offer = why;
    if (why === 'drain') {
      this.#talk.toast(this.#words.say('why_drain'), { urgent: true });
      return;
    }
    const goOn = () => this.#live?.conversation.goOn();
    // Whoever is writing is there.
    if (why === 'idle' && this.#live?.writing) {
      goOn();
      return;
    }
    const until = performance.now() + seconds * 1000;
    const key = why === 'idle' ? 'expiringIdle' : 'expiringCap';
    const text = () => this.#words.say(key, { n: Math.max(0, Math.round((until - performance.now()) / 1000)) });
    this.#talk.toast(text(), { button: 'goOn', urgent: true, press: goOn, again: text });
  }

  /** @param {any} error */
  #error(error) {
    if (/handoff/.test(`${error.param ?? ''}${error.code ?? ''}`)) this.#talk.toast(this.#nobody());
    else if (error.code === 'ended') this.#said = error.message ?? '';
    else if (error.code === 'session_expired') this.#talk.tell(this.#words.say('why_limit'), true);
    else if (/locale/.test(String(error.param ?? ''))) this.#restart();
    else if (/^backend_|^internal_error|^rate_limit/.test(error.code ?? '')) this.#talk.toast(this.#words.say('failed'), { seconds: 6 });
    root.dataset.error = error.code ?? '';
  }

  #nobody() {
    const email = this.#data.contact?.email;
    return email
      ? this.#words.say('humanNone', { tenant: this.#data.tenant?.name ?? '', email })
      : this.#words.say('humanNoneMail');
  }

  // What a person does ------------------------------------------------------

  /** @param {string} text */
  #ask(text) {
    // A question is a sign of life; it moves no other end.
    if (this.#offer === '' || this.#offer === 'idle') this.#talk.hideToast();
    this.#face.lookAt(null);
    return this.#live?.ask(text) ?? false;
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
      if (e.key === 'Escape' && !document.querySelector('dialog[open]')) this.#live?.stop();
    });
    on('sound', () => {
      if (!this.#live?.voice) return;
      this.#muted = !this.#muted;
      this.#live.muted = this.#muted;
      this.#showSound();
      this.#talk.tell(this.#words.say(this.#muted ? 'soundOff' : 'soundOn'));
    });
    on('mic', () => this.#microphone());
    on('human', () => this.#live?.conversation.requestHuman());
    on('erase', () => this.#erase());
    on('options', () => openBox('options-box'));
    on('options-close', () => closeBox('options-box'));
    on('info', () => this.#info());
    on('info-close', () => closeBox('info-box'));
    on('leave', () => this.#leave());
    on('restart', () => this.#restart());
    on('again', () => this.#become('arrive'));
    on('again', () => {
      this.#face.state = 'idle';
      this.#showMood('idle');
      $('start').focus();
    });
    const name = () => this.#avatar.name ?? this.#avatar.id;
    on('save', () => saveFile(`${name()}.txt`, asText(this.#live?.lines ?? [], name(), this.#words, new Date()), 'text/plain;charset=utf-8'));
    on('print', () => {
      closeBox('options-box');
      printTalk(name(), this.#words);
    });
    on('receipt', () => saveFile('mayfly-receipt.json', JSON.stringify(this.#record.stored.receipt), 'application/json'));
    // Whoever goes away has left: nothing waits for them at the gateway.
    window.addEventListener('pagehide', () => this.#live?.conversation.drop());
    $('announce').addEventListener('change', (e) => (this.#talk.announce = /** @type {HTMLInputElement} */ (e.target).checked));
  }

  async #microphone() {
    const live = this.#live;
    if (!live) return;
    try {
      const open = await live.toggleMicrophone();
      $('mic').setAttribute('aria-pressed', String(open));
      this.#talk.tell(this.#words.say(open ? 'micOn' : 'micOff'));
    } catch {
      this.#talk.toast(this.#words.say('micRefused'), { seconds: 8 });
    }
  }

  async #info() {
    const live = this.#live;
    if (!live) return;
    const { rtt } = await live.conversation.stats();
    fillInfo({
      transport: live.conversation.transport, voice: live.voice, rtt, metrics: this.#metrics,
      seenText: live.seen.text, seenSound: live.seen.sound, rung: live.voice ? this.#rung : 'text',
    }, this.#words);
    fillInfoNotice(this.#data, this.#avatar, this.#words);
    openBox('info-box');
  }

  // What is shown -----------------------------------------------------------

  /** @param {string} text */
  #trouble(text) {
    $('trouble').textContent = text;
    $('trouble').hidden = !text;
  }

  /** Of an avatar that is switched off: why, and no way in. */
  #showOff() {
    const { off, name, id } = this.#avatar;
    const start = /** @type {HTMLButtonElement} */ ($('start'));
    const was = start.disabled;
    start.disabled = Boolean(off);
    if (!off) {
      if (was) this.#trouble('');
      return;
    }
    $('trouble').replaceChildren(this.#words.say('avatarOff', { name: name ?? id }), ' ', own(off));
    $('trouble').hidden = false;
  }

  /** @param {boolean} busy */
  #showBusy(busy) {
    $('stop').hidden = !busy;
    $('send').hidden = busy && this.#talk.field.value === '';
    root.dataset.busy = String(busy);
    // A press on Stop must not throw the keyboard out of the page.
    if (!busy && document.activeElement === document.body && root.dataset.state === 'talking') this.#talk.field.focus({ preventScroll: true });
  }

  /** @param {string} mood */
  #showMood(mood) {
    root.dataset.avatarState = mood;
    if (mood !== 'speaking') this.#captions.rest();
    const key = mood === 'lost' ? 'reconnecting' : mood === 'speaking' && this.#live && !this.#live.voice ? 'writing' : mood;
    this.#talk.status(key);
  }

  #showSound() {
    const button = /** @type {HTMLButtonElement} */ ($('sound'));
    const voice = this.#live?.voice ?? true;
    const on = voice && !this.#muted;
    button.disabled = !voice;
    button.setAttribute('aria-pressed', String(on));
    button.querySelector('use')?.setAttribute('href', on ? '#i-voice' : '#i-mute');
    const label = button.querySelector('span');
    if (label) label.textContent = this.#words.say(voice ? 'sound' : 'noSound');
  }
}

/** The gateway's stable codes in the words of this page. @param {string} why */
function reason(why) {
  if (/idle/.test(why)) return 'idle';
  if (/expired|limit|cap|duration/.test(why)) return 'limit';
  if (/drain|shutdown|going|restart/.test(why)) return 'drain';
  return why;
}

new Page().open();
