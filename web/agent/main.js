// The desk: signing in, who waits, what is offered, and at most two talks side by side.
import { Api, Refused } from '../admin/api.js';
import { offerProvider } from '../admin/oidc.js';
import { Speaker } from '../shared/sound/speaker.js';
import { decodePCM } from '../shared/talk/pcm.js';
import { $, el } from '../shared/dom.js';
import { Link } from './link.js';
import { Mouth } from './mouth.js';
import { Pane } from './pane.js';
import { seat } from './seat.js';

const WORKLET = new URL('../shared/sound/worklet.js', import.meta.url).href;
const root = document.documentElement;

/** Why a talk is over, for who was in it. @type {Record<string, string>} */
const OVER = {
  ended_by_person: 'The person went back to the AI.', person_left: 'The person has left.', handed_back: 'You handed back. The AI answers again, and the person is told so.',
  refused: 'The person does not want this.', not_noted: 'The person’s yes could not be noted, so it does not count.', no_answer: 'The person did not answer in time.', no_desk: 'The organisation closed the desk.',
};

/** What a page says that was open before. */
const ANEW = 'You were signed in before this page was opened anew, and it keeps no sign-in. Sign in with the same key within 45 seconds, and your talks go on. A one-time link works only once: ask for another; whoever talked with you waits in the queue again.';

/** Why the line is not tried again, for who was signed in. @type {Record<string, string>} */
const GONE = { no_desk: 'The organisation has closed the desk.', seat_taken: 'Your talks are open in another tab now.' };

class Desk {
  #api = new Api();
  /** The credential lives here and nowhere else. */
  #secret = '';
  #link = new Link({ message: (m) => this.#take(m), up: () => this.#up(), down: (why) => this.#down(why), over: (why) => this.#signedOut(GONE[why] ?? 'Your sign-in has ended. Sign in again.') });
  #mouth = new Mouth((m) => this.#link.send(m), (why) => this.#tell(why, true));
  /** @type {Map<string, Pane>} */
  #panes = new Map();
  /** @type {Speaker|null} */
  #speaker = null;
  /** @type {any} */
  #offer = null;
  /** @type {ReturnType<typeof setInterval>|undefined} */
  #count;
  /** Whether a one-time link signed in: it opens nothing a second time. */
  #once = false;
  /** Whether the agent wants talks; said again when the line comes back. */
  #wish = false;
  /** That the gateway gave this connection. */
  #seat = '';

  constructor() {
    $('signin-form').addEventListener('submit', (e) => {
      e.preventDefault();
      const input = /** @type {HTMLInputElement} */ ($('signin-key'));
      this.#signIn(input.value.trim());
      input.value = '';
    });
    offerProvider(this.#api, $('signin-provider'), (link) => this.#redeem(link), (why) => ($('signin-wrong').textContent = why));
    $('signout').addEventListener('click', async () => {
      await this.#api.signOut();
      this.#signedOut('');
    });
    $('available').addEventListener('click', async () => {
      const wish = $('available').getAttribute('aria-checked') !== 'true';
      // The press is what lets the page make sound later.
      if (wish) await this.#listen();
      this.#wish = wish;
      this.#declare();
    });
    $('name-form').addEventListener('submit', (e) => {
      e.preventDefault();
      this.#declare();
    });
    $('offer-yes').addEventListener('click', () => this.#answer('take'));
    $('offer-no').addEventListener('click', () => this.#answer('decline'));
    addEventListener('beforeunload', (e) => (this.#once || [...this.#panes.values()].some((p) => !p.over)) && e.preventDefault());
    addEventListener('hashchange', () => this.#taken());
  }

  open() {
    if (this.#taken()) return;
    this.#become('signin');
    // A page that is opened anew has its seat still, and no sign-in: that is kept nowhere.
    if (seat.held) $('signin-wrong').textContent = ANEW;
    $('signin-key').focus();
  }

  // Signing in --------------------------------------------------------------

  #taken() {
    const link = new URLSearchParams(location.hash.slice(1)).get('link');
    if (!link) return false;
    history.replaceState(null, '', location.pathname);
    this.#redeem(link, true);
    return true;
  }

  /** @param {string} link @param {boolean} [given] by hand, and not by a provider, who gives another at once */
  async #redeem(link, given = false) {
    this.#become('signin');
    try {
      const answer = await this.#api.call('POST', 'signin', { link });
      await this.#signIn(answer.token);
      this.#once = given && this.#secret !== '';
      $('once').hidden = !this.#once;
    } catch (why) {
      $('signin-wrong').textContent = why instanceof Refused && why.status ? 'This link has been used or is older than 15 minutes. Ask for another.' : String(/** @type {any} */ (why).message);
    }
  }

  /** @param {string} secret */
  async #signIn(secret) {
    $('signin-wrong').textContent = '';
    this.#api.use(secret);
    let who;
    try {
      who = await this.#api.get('whoami');
    } catch (why) {
      this.#api.use('');
      $('signin-wrong').textContent = /** @type {any} */ (why).status === 401 ? 'This key does not open anything here. It may have ended or been revoked.' : /** @type {any} */ (why).status === 403 ? 'This key is not an agent’s.' : String(/** @type {any} */ (why).message);
      $('signin-key').focus();
      return;
    }
    if (who.role !== 'agent') {
      this.#api.use('');
      $('signin-wrong').textContent = 'This key is not an agent’s. Use it at /admin.';
      return;
    }
    this.#secret = secret;
    $('tenant').textContent = who.tenant.name || who.tenant.id;
    const name = /** @type {HTMLInputElement} */ ($('name'));
    if (!name.value && who.key?.kind === 'sign_in' && who.key.name !== 'one-time link') name.value = who.key.name;
    this.#become('signed-in');
    this.#link.open(secret);
  }

  /** @param {string} why */
  #signedOut(why) {
    this.#link.close();
    seat.held = '';
    this.#mouth.stop();
    this.#speaker?.close();
    this.#speaker = null;
    this.#secret = '';
    this.#wish = this.#once = false;
    $('once').hidden = true;
    this.#api.use('');
    for (const pane of this.#panes.values()) pane.node.remove();
    this.#panes.clear();
    this.#drop();
    $('queue').replaceChildren();
    $('polite').replaceChildren();
    $('signin-wrong').textContent = why;
    this.#become('signin');
  }

  /** @param {'signin'|'signed-in'} state */
  #become(state) {
    root.dataset.state = state;
    $('signin').hidden = state !== 'signin';
    $('shell').hidden = state !== 'signed-in';
  }

  // The line ----------------------------------------------------------------

  #up() {
    $('trouble').hidden = true;
    if (seat.held) this.#link.send({ type: 'return', seat: seat.held });
    if (this.#wish) this.#declare();
  }

  /**
   * Back at the seat: with these talks, which come anew, and no others.
   * @param {string[]} talks
   */
  #returned(talks) {
    for (const [id, pane] of this.#panes) if (!pane.over && !talks.includes(id)) pane.end('The line to the gateway broke. The person did not wait, or was given to somebody else.');
    this.#arrange();
  }

  /** @param {string} why */
  async #down(why) {
    for (const pane of this.#panes.values()) pane.broken();
    this.#mouth.stop();
    this.#drop();
    $('trouble').textContent = 'The line to the gateway is gone. Trying again.';
    $('trouble').hidden = false;
    this.#arrange();
    if (why !== 'refused') return;
    // A browser does not say why a line was refused; asking does.
    const answer = await fetch('/v1/agent', { headers: { Authorization: `Bearer ${this.#secret}` }, cache: 'no-store', credentials: 'omit' }).catch(() => null);
    const { error } = answer ? await answer.json().catch(() => ({})) : {};
    if (['invalid_credential', 'role_not_allowed', 'no_desk'].includes(error?.code)) this.#signedOut(error.code === 'no_desk' ? 'The organisation has no desk.' : 'Your sign-in has ended. Sign in again.');
  }

  async #listen() {
    this.#speaker ??= await Speaker.open(WORKLET).catch(() => null);
  }

  #declare() {
    const name = /** @type {HTMLInputElement} */ ($('name')).value.trim();
    this.#link.send(this.#wish ? { type: 'available', name } : { type: 'away' });
  }

  /** @param {any} m */
  #take(m) {
    // Of a talk that this page had before it was opened anew.
    if (m.type === 'talk.joined' && !this.#panes.has(m.talk)) this.#begin(m);
    const pane = this.#panes.get(m.talk);
    switch (m.type) {
      case 'ready':
        this.#seat = m.seat;
        seat.held ||= m.seat;
        break;
      case 'returned':
        this.#returned(m.talks);
        break;
      case 'desk':
        this.#desk(m);
        break;
      case 'offer':
        this.#offered(m);
        break;
      case 'offer.over':
        if (this.#offer?.talk === m.talk) this.#drop();
        if (m.reason === 'timed_out') {
          this.#wish = false;
          this.#tell('You did not answer, so the talk went back to the queue and you are away.', true);
        }
        break;
      case 'talk.asking':
        this.#begin(m);
        break;
      case 'talk.joined':
        pane?.joined(m);
        if (m.microphone) this.#listen(); // a page that was opened anew has no sound yet
        break;
      case 'talk.state':
        pane?.stands(m);
        break;
      case 'item':
        pane?.item(m);
        break;
      case 'sound':
        this.#speaker?.play(m.talk, decodePCM(m.audio));
        break;
      case 'talk.over':
        if (this.#mouth.talk === m.talk) this.#mouth.stop();
        pane?.end(OVER[m.reason] ?? 'It is over.');
        break;
      case 'error':
        if (m.code === 'no_such_seat') { // it was away for too long
          seat.held = this.#seat;
          this.#returned([]);
          break;
        }
        this.#tell(m.code === 'too_many_talks' ? 'You have as many talks as one agent may have.' : m.code === 'no_such_talk' ? 'Somebody else took it, or they do not wait any more.' : 'That did not work.', true);
    }
  }

  /** @param {any} m */
  #desk(m) {
    this.#wish = m.available; // as it was before the line broke
    $('available').setAttribute('aria-checked', String(m.available));
    $('available-word').textContent = m.available ? 'Available' : 'Away';
    $('shown').textContent = `They read: ${m.shown_as}`;
    $('how').textContent = `${m.open ? 'The desk is open' : 'The desk is closed now'}. ${m.agents_available} of ${m.agents} available.`;
    $('nobody').hidden = m.queue.length > 0;
    const held = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.talk : undefined;
    $('queue').replaceChildren(...m.queue.map((/** @type {any} */ w) => {
      const take = el('button', { text: 'Take' });
      take.type = 'button';
      take.dataset.talk = w.talk;
      take.disabled = !w.free;
      take.setAttribute('aria-label', `Take number ${w.position}, who waits with ${w.avatar}`);
      take.addEventListener('click', () => this.#link.send({ type: 'take', talk: w.talk }));
      return el('li', {}, [el('p', {}, [el('strong', { text: `${w.position}` }), ` ${w.avatar}`, el('span', { class: 'hint', text: ` ${w.locale}, ${waited(w.waited_s)}` })]), take]);
    }));
    if (held) /** @type {HTMLElement|null} */ ($('queue').querySelector(`[data-talk='${held}']`))?.focus();
    document.title = m.waiting ? `(${m.waiting}) Mayfly desk` : 'Mayfly desk';
  }

  // Offers ------------------------------------------------------------------

  /** @param {any} m */
  #offered(m) {
    this.#offer = { ...m, until: performance.now() + m.within_s * 1000 };
    $('offer-text').textContent = `With ${m.avatar}, ${m.locale}. They have waited ${waited(m.waited_s)}. They are asked first whether you may read and hear them.`;
    $('offer').hidden = false;
    const left = () => ($('offer-left').textContent = `${Math.max(0, Math.ceil((this.#offer.until - performance.now()) / 1000))} seconds`);
    left();
    clearInterval(this.#count);
    this.#count = setInterval(left, 1000);
    // Whoever is writing goes on writing; it is said to them all the same.
    if (!(document.activeElement instanceof HTMLTextAreaElement)) $('offer-yes').focus();
    this.#tell('Somebody asks for a human.', true);
    this.#arrange();
  }

  /** @param {'take'|'decline'} how */
  #answer(how) {
    const offer = this.#offer;
    this.#drop();
    if (offer) this.#link.send({ type: how, talk: offer.talk });
  }

  #drop() {
    clearInterval(this.#count);
    this.#offer = null;
    const inside = $('offer').contains(document.activeElement);
    $('offer').hidden = true;
    if (inside) $('talks').focus({ preventScroll: true });
    this.#arrange();
  }

  // Talks -------------------------------------------------------------------

  /** @param {any} m */
  #begin(m) {
    for (const [id, old] of this.#panes) if (old.over || id === m.talk) this.#close(id);
    const pane = new Pane(m, {
      say: (text) => this.#link.send({ type: 'say', talk: m.talk, text }),
      speak: async (on) => {
        if (!on) {
          this.#mouth.stop();
          return false;
        }
        const before = this.#panes.get(this.#mouth.talk);
        const speaks = await this.#mouth.speak(m.talk);
        if (before && before !== pane) before.speaking(false);
        return speaks;
      },
      back: () => this.#link.send({ type: 'back', talk: m.talk }),
      end: async () => (await askEnd()) && this.#link.send({ type: 'end', talk: m.talk }),
      gone: () => this.#close(m.talk),
      tell: (text) => this.#tell(text),
    });
    this.#panes.set(m.talk, pane);
    $('panes').append(pane.node);
    this.#arrange();
  }

  /** @param {string} id */
  #close(id) {
    this.#panes.get(id)?.node.remove();
    this.#panes.delete(id);
    this.#arrange();
    $('talks').focus({ preventScroll: true });
  }

  #arrange() {
    $('quiet-desk').hidden = this.#panes.size > 0 || this.#offer !== null;
    $('panes').dataset.count = String(this.#panes.size);
  }

  /**
   * To a screen reader, and to eyes where it is urgent.
   * @param {string} text
   * @param {boolean} [urgent]
   */
  #tell(text, urgent = false) {
    const region = $(urgent ? 'urgent' : 'polite');
    while (region.childElementCount > 4) region.firstElementChild?.remove();
    region.append(el('p', { text }));
    if (!urgent || this.#offer) return;
    $('trouble').textContent = text;
    $('trouble').hidden = false;
    setTimeout(() => $('trouble').textContent === text && ($('trouble').hidden = true), 8000);
  }
}

/** @param {number} seconds */
function waited(seconds) {
  return seconds < 60 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

/** @returns {Promise<boolean>} */
function askEnd() {
  const box = /** @type {HTMLDialogElement} */ ($('ask-end'));
  return new Promise((resolve) => {
    const done = new AbortController();
    const answer = (/** @type {boolean} */ yes) => {
      done.abort();
      if (box.open) box.close();
      resolve(yes);
    };
    $('ask-end-yes').addEventListener('click', () => answer(true), { signal: done.signal });
    $('ask-end-no').addEventListener('click', () => answer(false), { signal: done.signal });
    box.addEventListener('cancel', () => answer(false), { signal: done.signal });
    box.showModal();
  });
}

new Desk().open();
