// <mayfly-avatar>: a conversation with an avatar on somebody else's page. The
// same modules as the gateway's own page, in one file, with nothing that a
// strict content policy forbids: no inline style, no worker, no storage.
import { Ladder } from '../shared/ladder.js';
import { Lookups } from '../shared/talk/lookups.js';
import { Hand } from '../shared/hand.js';
import { Live } from '../shared/live.js';
import { Speaker } from '../shared/sound/speaker.js';
import { Consents } from '../shared/talk/consents.js';
import { Gateway } from '../shared/talk/gateway.js';
import { Reports } from '../shared/talk/reports.js';
import { failedText } from '../shared/talk/turns.js';
import { choose } from '../shared/saying.js';
import { Tray } from '../shared/tray.js';
import { Words } from '../shared/words.js';
import { Kept } from './kept.js';
import { Log } from './log.js';
import { ElementMicrophone } from './microphone.js';
import { Note } from './note.js';
import { build, dress, figure, part } from './parts.js';
import { Question } from './question.js';
import { ElementReport } from './report.js';
import { EVERY } from './words.js';

/** The audio thread's part cannot be inside this file: browsers load it by address. */
const WORKLET = new URL('./worklet.js', import.meta.url).href;

/**
 * Attributes: `gateway` (its origin), `token-url` (where a token comes from; POST {avatar, locale} -> {value}),
 * `avatar`, and if wished `name`, `look`, `colour`, `locale`, `silent` (text only), `microphone` (people may speak, where
 * the gateway hears them), `attachments` (people may show pictures and documents, where the gateway takes them).
 * Events: `ready` (detail.avatar), `state` (detail.state, detail.mood), `ladder` (detail.rung: what still works), `error`
 * (detail.code), and once something is
 * stored `mayfly-receipt` (detail.key, detail.url, detail.storedUntil). None of them carries words.
 */
export class MayflyAvatar extends HTMLElement {
  static observedAttributes = ['look', 'colour', 'name', 'locale'];

  /** @type {import('../shared/face/face.js').Face|null} */
  #face = null;
  #ladder = new Ladder();
  #hand = new Hand();
  #lookups = new Lookups();
  /** @type {Live|null} */
  #live = null;
  #words = new Words('en');
  /** @type {import('./parts.js').Parts} */
  #parts = {};
  /** @type {Question} */
  #question;
  /** @type {Log} */
  #log;
  /** @type {Kept} */
  #kept;
  /** @type {ElementMicrophone} */
  #microphone;
  /** @type {Tray} */
  #tray;
  /** @type {Consents} */
  #consents;
  #reports = new Reports(() => this.#live?.conversation);
  /** @type {ElementReport} */
  #report;
  #state = 'arrive';
  #starting = false;
  #leaving = false;
  /** @type {import('./note.js').Note} */
  #note;
  #onhide = () => this.#live?.conversation.drop();
  #onblur = () => this.#microphone.escape();

  /** arrive, connecting, talking, reconnecting or ended */
  get state() {
    return this.#state;
  }

  connectedCallback() {
    // Moving an element disconnects and connects it; what lives on must not be built twice.
    if (this.#face) return;
    this.#build();
    addEventListener('pagehide', this.#onhide);
    addEventListener('blur', this.#onblur);
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
    const gateway = new Gateway(this.#gateway(), this.#tokenURL());
    const microphone = this.hasAttribute('microphone');
    const parts = { face: this.#face, speaker, gateway, avatar, locale: this.#words.locale, calls: true, microphone, worklet: WORKLET };
    // The gateway may still speak while an element that was taken away says goodbye.
    const mine = () => this.#live === live;
    const live = new Live(parts, {
      state: (state, why) => mine() && this.#moved(live, state, why),
      transport: () => {},
      line: (line) => mine() && this.#log.line(line, this.#words, this.#name()),
      busy: (busy) => mine() && (this.#parts.stop.hidden = !busy),
      mood: (mood) => mine() && this.#feel(mood),
      heard: (line, ms) => mine() && this.#log.caption(line, ms),
      disclosed: async (d) => mine() && this.#notice(d),
      consent: async (c) => (mine() ? this.#consents.asked(c) : {}),
      listening: this.#microphone.ears,
      fact: (name, e) => mine() && this.#fact(name, e),
    });
    this.#live = live;
    this.#leaving = false;
    this.#consents.begin();
    this.#ladder.begin();
    this.#hand = new Hand();
    delete this.dataset.human;
    this.#label();
    this.#reports.begin();
    this.#log.reports = false;
    this.#kept.begin(this.#gateway());
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
    this.#note?.show('');
    const live = this.#live;
    if (!live || !this.#tray.count) return text.trim() !== '' && (live?.ask(text) ?? false);
    if (this.#tray.sending) return false;
    // What is shown goes first. If it cannot be sent, nothing is asked, and the words are there again.
    this.#tray.send().then((all) => {
      if (this.#live !== live) return;
      const field = /** @type {HTMLInputElement} */ (this.#parts.field);
      if (!all) field.value ||= text;
      else if (text.trim()) live.ask(text);
      else live.askShown();
    });
    return true;
  }

  /** @returns {Promise<void>} */
  async end() {
    this.#leaving = true;
    this.#question?.answer(false);
    await this.#live?.conversation.end();
  }

  // Building ----------------------------------------------------------------

  #build() {
    const words = () => this.#words;
    const rights = () => this.#live?.conversation.rights;
    const note = (/** @type {string} */ text) => this.#note.show(text);
    const p = build(this.shadowRoot ?? this.attachShadow({ mode: 'open' }), {
      start: () => this.start(),
      stop: () => this.#live?.stop(),
      leave: () => this.#leave(),
      hush: () => this.#hush(),
      human: () => (this.#hand.waits || this.#hand.here ? this.#live?.conversation.cancelHuman() : this.#live?.conversation.requestHuman()),
      goOn: () => this.#goOn(),
      off: () => this.#kept.off(),
      saveKey: () => this.#kept.saveKey(),
      tookKey: () => (this.#kept.stored.taken = true),
      yes: () => this.#question.answer(true),
      no: () => this.#question.answer(false),
      mute: () => this.#microphone.mute(),
      micOff: () => this.#microphone.stop(),
      report: () => this.#report.send(),
      noReport: () => this.#report.close(),
      withdraw: () => this.#microphone.withdraw(),
      typed: () => this.#live?.typed(),
    }, (text) => this.ask(text));
    p.box.addEventListener('keydown', (e) => {
      if (e.key === 'Escape' && !this.#microphone.escape()) this.#live?.stop();
    });
    this.#parts = p;
    this.#note = new Note(p, words);
    const question = new Question(p);
    this.#question = question;
    this.#log = new Log(p, { report: (line) => this.#report.open(line), again: (line) => this.#live?.again(line) });
    this.#report = new ElementReport(p, {
      words, note, reports: this.#reports, tenant: () => this.#note.contact.organisation ?? '',
      who: (line) => (line.who === 'you' ? this.#words.say('you') : this.#words.say('badgeName', { name: this.#name() })),
      reported: (line) => this.#log.reported(line, this.#words.say('reported')),
    });
    this.#kept = new Kept(p, this.#gateway(), {
      words, rights, note, question, organisation: () => this.#note.contact.organisation ?? '',
      key: (stored) => this.#dispatch('mayfly-receipt', { key: stored.key, url: stored.url, storedUntil: stored.until }),
    });
    this.#consents = new Consents({ rights, ask: (request) => question.consent(request, this.#words), changed: () => {
      this.#microphone?.changed();
      this.#tray?.changed();
    } });
    this.#tray = new Tray({ button: p.attach, camera: p.camera, tray: p.tray, zone: p.box, field: p.field }, {
      words, consents: this.#consents, conversation: () => this.#live?.conversation, make: part,
      say: (text, urgent) => (urgent ? note(text) : (p.polite.textContent = text)),
      shown: (item, { glimpse }) => this.#log.glimpse(item, glimpse),
    });
    this.#microphone = new ElementMicrophone(p, { words, note, consents: this.#consents, listening: () => this.#live?.listening });
    this.#face = figure(p, { look: this.#get('look'), colour: this.#get('colour'), onpicture: (moves) => this.#stands(this.#ladder.picture(moves)) });
    this.#dress();
    this.#become('arrive');
  }

  #dress() {
    const wish = this.#get('locale') ?? this.closest('[lang]')?.getAttribute('lang');
    this.#words = new Words(choose(wish ? [wish] : navigator.languages, Object.keys(EVERY)));
    dress(this.#parts, this.#words, this.#name());
    this.#label();
    this.#kept.show();
    this.#microphone.show();
    this.#tray?.speak();
    this.#face?.wear({ look: this.#get('look'), colour: this.#get('colour'), badge: this.#words.say('badge') });
  }

  #destroy() {
    this.#question.answer(false);
    const live = this.#live;
    this.#live = null;
    removeEventListener('pagehide', this.#onhide);
    removeEventListener('blur', this.#onblur);
    // The goodbye is sent before its promise is awaited; the rest need not wait for it.
    live?.listening.close();
    live?.conversation.end();
    live?.close();
    this.#face?.close();
    this.#face = null;
    this.#log.clear();
    for (const key of Object.keys(this.#parts)) delete this.#parts[key];
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
      if (this.#question.held) this.#parts.field.focus({ preventScroll: true });
      this.#question.held = false;
    } else if (state === 'reconnecting') this.#become('reconnecting');
    else if (state === 'ended') this.#over(live, why);
  }

  /**
   * @param {Live} live
   * @param {string} why
   */
  #over(live, why) {
    const held = this.#question.held || this.shadowRoot?.activeElement != null;
    this.#question.answer(false);
    this.#question.held = false;
    this.#microphone.offer(false);
    this.#tray.offer([], '');
    this.#report.close();
    this.#live = null;
    live.close();
    this.#log.clear();
    this.#note.show('');
    if (this.#face) this.#face.state = 'gone';
    this.#become('ended');
    const w = this.#words;
    const left = this.#kept.stored.left;
    const end = [left === 'nothing' ? `${w.say('gone')} ${w.say('bytes')}` : w.say(left === 'stored' ? 'kept' : 'keptUnknown'), ...this.#kept.stored.elsewhere].join(' ');
    this.#kept.show();
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
    p.notice.hidden = !this.#question.open;
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
    const mine = this.#reports.take(name, e);
    this.#log.reports = this.#reports.days > 0;
    if (mine && name === 'error') return;
    if (name === 'error') {
      this.#dispatch('error', { code: e.code ?? 'error' });
      if (/handoff|handed_off/.test(`${e.param ?? ''}${e.code ?? ''}`)) return; // it crossed
      if (/^backend_|^internal_error|^rate_limit/.test(e.code ?? '')) this.#note.show(failedText({ why: e.code }, w));
    } else if (this.#lookups.take(name, e)) {
      const { provider } = this.#lookups;
      this.#say(provider ? w.say('status_looking', { provider }) : w.say('status_thinking'));
    } else if (name === 'handoff.state') {
      this.#consents.take(name, e);
      this.#handed(e);
    } else if (name === 'ladder.state') {
      this.#stands(this.#ladder.take(e));
    } else if (name === 'expiring') {
      this.#note.show(w.say(e.reason === 'idle' ? 'expiringIdle' : 'expiringCap', { n: Math.round(e.seconds_left ?? 0) }), true);
    } else {
      if (name === 'ready') {
        this.#microphone.offer(this.hasAttribute('microphone') && (e.capabilities ?? []).includes('voice_input'));
        if (this.hasAttribute('attachments')) this.#tray.offer(e.capabilities ?? [], e.storage?.backends?.[0]?.name ?? '');
      }
      this.#consents.take(name, e);
      this.#kept.take(name, e);
    }
  }

  /**
   * How far the way to a human is: in words, on the button, and on the figure, which is silent while one answers.
   * @param {any} e avatar.handoff.state
   */
  #handed(e) {
    const w = this.#words;
    if (e.state !== 'connecting' && e.state !== 'active') this.#question?.leave('handoff');
    const said = this.#hand.take(e);
    if (said === 'nobody') this.#note.nobody();
    else if (e.state === 'active' && said !== 'back') {
      // Who answers stands beside the figure for as long as it is so: it is announced, and not shown a second time.
      this.#note.show('');
      if (said) this.#parts.polite.textContent = this.#hand.says(w, said);
    } else this.#note.show(said ? this.#hand.says(w, said) : this.#hand.standing(w));
    this.dataset.human = String(this.#hand.here);
    this.#label();
    this.#dispatch('human', { state: e.state, name: this.#hand.name });
  }

  /** What says who answers, and the button for a human. */
  #label() {
    const [w, p, hand] = [this.#words, this.#parts, this.#hand];
    if (!p.human) return;
    const press = w.say(hand.here ? 'humanEnd' : hand.waits ? 'humanCancel' : 'aHuman');
    p.human.setAttribute('aria-label', press);
    p.human.title = press;
    p.human.setAttribute('aria-pressed', String(hand.here || hand.waits));
    p.ai.textContent = hand.here ? w.say('humanHere', { name: hand.name }) : w.say('isAI');
    p.figure.setAttribute('aria-label', w.say(hand.here ? 'avatarSilent' : 'avatarLabel', { name: this.#name() }));
  }

  /** @param {string} said the key of what the person is told of it; empty: nothing */
  #stands(said) {
    const rung = this.#ladder.rung;
    if (this.dataset.rung !== rung) this.#dispatch('ladder', { rung });
    this.dataset.rung = rung;
    if (said && this.#state === 'talking') this.#note.show(this.#words.say(said));
  }

  async #leave() {
    if (await this.#kept.mayLeave()) await this.end();
  }

  #goOn() {
    this.#live?.conversation.goOn();
    this.#note.show('');
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
    this.#note.contact = d.contact ?? {};
    this.#say('');
    return this.#question.ask(d.text, this.#words.say('noticeLeave'), this.#words.say('noticeContinue'), d);
  }

  /** @param {string} text */
  #say(text) {
    if (this.#parts.status && this.#parts.status.textContent !== text) this.#parts.status.textContent = text;
  }

  #name() {
    return this.#get('name') ?? this.#get('avatar') ?? 'Mayfly';
  }

  #gateway() {
    return this.getAttribute('gateway') ?? location.origin;
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
