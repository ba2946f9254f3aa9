// What is kept of one conversation, and what the person can do with it.
import { el } from '../shared/dom.js';
import { saveFile } from '../shared/save.js';
import { contactLine, factList, purposeText, timeText } from './receipt.js';
import { Sounds } from './sound.js';

/** @typedef {import('./words.js').Mine} Mine */

const FORMS = [['asText', 'text/plain', 'txt'], ['asLines', 'application/jsonl', 'jsonl'], ['asCaptions', 'text/vtt', 'vtt']];
/** What can be asked for in words; the rest has a button of its own. */
const KINDS = ['object', 'appeal'];
const INSTRUCTED = ['access', 'correct', 'erase', 'restrict', ...KINDS];

export class Holding {
  #mine;
  #words;
  #shown;
  #tell;
  #close;
  #sounds;
  /** @type {any} */
  #held = null;
  /** @type {any[]|null} */
  #items = null;

  /**
   * @param {import('./api.js').MyApi} mine
   * @param {Mine} words
   * @param {{shown: HTMLElement, tell: (text: string) => void, close: () => void}} page
   */
  constructor(mine, words, { shown, tell, close }) {
    this.#mine = mine;
    this.#words = words;
    this.#shown = shown;
    this.#tell = tell;
    this.#close = close;
    this.#sounds = new Sounds(mine, (key) => tell(this.#words.say(key)));
  }

  /** @returns {Promise<void>} rejects with Refused */
  async open() {
    const held = await this.#mine.get('');
    if (held.turns > 0) await this.#sounds.open(String(held.session));
    this.#held = held;
    this.draw(this.#words);
    this.#shown.querySelector('h1')?.focus();
  }

  /** @param {Mine} words */
  draw(words) {
    this.#words = words;
    const h = this.#held;
    if (!h) return;
    const tenant = h.organisation?.name ?? '';
    const self = h.rights === 'self_service';
    const title = el('h1', { text: words.say('keptUntil', { date: timeText(h.stored_until, words) }) });
    title.tabIndex = -1;
    const facts = factList([
      [words.say('organisation'), tenant], [words.say('talkedWith'), h.avatar_name], [words.say('began'), timeText(h.began_at, words)],
      [words.say('exchanges'), Number(h.turns).toLocaleString(words.locale)], [words.say('purposes'), purposeText(h.purposes, words)],
      [words.say('sound'), this.#sounds.summary(words)],
      [words.say('heldUntil'), h.held_until ? timeText(h.held_until, words) : null],
    ]);
    /** @type {(Node|null)[]} */
    const parts = [title, el('p', { class: 'lead', text: words.say(h.held_until ? 'heldText' : 'keptLead') }), facts];
    if (!self) parts.push(el('p', { class: 'card', text: words.say('instruction', { tenant }) }));
    parts.push(this.#actions(self), self ? this.#restriction(tenant) : null, this.#script(), this.#take(), this.#reports(tenant), this.#requests(self, tenant), contactLine(h.organisation, words));
    const close = this.#button('close', () => this.#close(), 'bare');
    parts.push(el('div', { class: 'row' }, [close]));
    this.#shown.replaceChildren(.../** @type {Node[]} */ (parts.filter(Boolean)));
  }

  /** @param {string} key @param {() => void} press @param {string} [kind] */
  #button(key, press, kind = '') {
    const b = el('button', { text: this.#words.say(key), class: kind });
    b.type = 'button';
    b.addEventListener('click', press);
    return b;
  }

  /** @param {boolean} self */
  #actions(self) {
    const access = self || (this.#held.requests ?? []).some((/** @type {any} */ r) => r.kind === 'access' && r.state === 'carried_out');
    const row = el('div', { class: 'row' });
    if (!(this.#held.turns > 0)) return null; // only reports are kept
    if (access && !this.#items) row.append(this.#button('read', () => this.#read(), 'first'));
    if (self) row.append(this.#button('erase', () => this.#erase()));
    return row;
  }

  /** @param {string} tenant */
  #restriction(tenant) {
    const words = this.#words;
    const on = this.#held.restricted === true;
    const knob = el('button', { class: 'toggle' }, [el('span', { class: 'knob' }), el('span', { text: words.say('restrict') })]);
    knob.type = 'button';
    knob.setAttribute('role', 'switch');
    knob.setAttribute('aria-checked', String(on));
    knob.addEventListener('click', () => this.#do(async () => {
      const { restricted } = await this.#mine.send('PUT', 'restriction', { on: !on });
      this.#held.restricted = restricted ?? !on;
    }, '.toggle'));
    return el('div', { class: 'restrict' }, [knob, el('p', { class: 'hint', text: words.say('restrictHint', { tenant }) })]);
  }

  /** Does something, shows what is so now, and gives the keyboard back. @param {() => Promise<void>} work @param {string} [back] */
  async #do(work, back) {
    try {
      await work();
    } catch (why) {
      const wrong = /** @type {any} */ (why);
      this.#tell(this.#words.say(wrong.code === 'held_until' ? 'heldText' : 'failed'));
      return;
    }
    this.draw(this.#words);
    if (back) /** @type {HTMLElement|null} */ (this.#shown.querySelector(back))?.focus();
  }

  #read() {
    return this.#do(async () => {
      this.#items = (await this.#mine.get('transcript')).items ?? [];
    }, '.script');
  }

  #script() {
    if (!this.#items) return null;
    const players = this.#sounds.players(this.#items, this.#words);
    const list = el('ol', { class: 'script' }, this.#items.map((item) => this.#line(item, players.get(item))));
    list.tabIndex = -1;
    return list;
  }

  /** @param {any} item @param {HTMLElement|undefined} player of its sound */
  #line(item, player) {
    const words = this.#words;
    const ai = item.ai === true;
    const who = ai ? 'avatar' : item.role === 'avatar' ? 'human' : 'you';
    const label = el('p', { class: 'who' }, [words.say(who), ...(ai ? [' ', el('span', { class: 'pill', text: words.say('badge') })] : [])]);
    const said = el('p', { class: 'words', text: item.text, dir: 'auto' });
    const line = el('li', { class: who }, [label, said]);
    if (item.corrected) line.append(el('p', { class: 'over', dir: 'auto' }, [el('span', { class: 'hint', text: `${words.say('corrected')} ` }), item.corrected.text]));
    if (player) line.append(player);
    if (item.text) {
      const b = this.#button('correct', () => this.#correct(item, line, b), 'bare small');
      b.dataset.no = String(item.no);
      (player ?? line).append(b);
    }
    return line;
  }

  /**
   * @param {any} item
   * @param {HTMLElement} line
   * @param {HTMLElement} b
   */
  #correct(item, line, b) {
    const words = this.#words;
    const text = el('textarea');
    text.value = item.corrected?.text ?? item.text;
    text.rows = 3;
    text.dir = 'auto';
    const label = el('label', {}, [el('span', { text: words.say('correctLabel') }), text]);
    const save = el('button', { text: words.say('save'), class: 'first' });
    const form = el('form', { class: 'correct' }, [label, el('p', { class: 'hint', text: words.say('correctHint') }), el('div', { class: 'row' }, [save, this.#button('cancel', () => this.draw(words))])]);
    form.addEventListener('submit', (e) => {
      e.preventDefault();
      this.#do(async () => {
        const answer = await this.#mine.send('PATCH', `transcript/items/${item.no}`, { text: text.value });
        if (answer.request) this.#asked(answer.request);
        else item.corrected = { text: text.value, at: new Date().toISOString() };
      }, `[data-no="${item.no}"]`);
    });
    b.replaceWith(form);
    line.scrollIntoView({ block: 'nearest' });
    text.focus();
  }

  #take() {
    if (!this.#items) return null;
    const words = this.#words;
    return el('section', {}, [el('h2', { text: words.say('take') }), el('div', { class: 'row' }, FORMS.map(([key, media, end]) => this.#button(key, async () => {
      try {
        saveFile(`mayfly-${String(this.#held.session).slice(-8)}.${end}`, await this.#mine.file('transcript', media), media);
      } catch {
        this.#tell(words.say('failed'));
      }
    })))]);
  }

  async #erase() {
    const words = this.#words;
    const n = Number(this.#held.turns).toLocaleString(words.locale);
    const box = el('dialog');
    const title = el('h2', { text: words.say('eraseTitle') });
    title.id = 'erase-title';
    title.tabIndex = -1;
    title.autofocus = true;
    box.setAttribute('aria-labelledby', 'erase-title');
    const yes = this.#button('erase', () => box.close('yes'));
    yes.id = 'erase-yes';
    const reports = (this.#held.reports ?? []).length;
    const also = [this.#sounds.any ? words.say('eraseSound') : '', reports ? words.say('eraseReports', { n: reports.toLocaleString(words.locale) }) : ''];
    box.append(title, el('p', { text: words.say('eraseText', { n }) }), ...also.filter(Boolean).map((text) => el('p', { text })), el('div', { class: 'row equal' }, [this.#button('keep', () => box.close('')), yes]));
    document.body.append(box);
    box.showModal();
    await new Promise((resolve) => box.addEventListener('close', resolve, { once: true }));
    const sure = box.returnValue === 'yes';
    box.remove();
    if (!sure) return;
    try {
      const answer = await this.#mine.send('DELETE', 'transcript');
      if (answer.request) {
        this.#asked(answer.request);
        this.draw(words);
        return;
      }
    } catch (why) {
      this.#tell(words.say(/** @type {any} */ (why).code === 'held_until' ? 'heldText' : 'failed'));
      return;
    }
    this.#gone(n);
  }

  /** Forgets what was opened. */
  drop() {
    this.#held = null;
    this.#items = null;
    this.#sounds.drop();
  }

  /** @param {string} n exchanges that were erased */
  #gone(n) {
    const words = this.#words;
    this.drop();
    const title = el('h1', { class: 'big', text: words.say('gone') });
    title.tabIndex = -1;
    this.#shown.replaceChildren(title, el('p', { class: 'bytes', text: words.say('bytes') }), el('p', { class: 'lead', text: words.say('goneText', { n }) }));
    title.focus();
  }

  /** What the person reported of answers. @param {string} tenant of whom they reported it to */
  #reports(tenant) {
    const all = this.#held.reports ?? [];
    if (all.length === 0) return null;
    const words = this.#words;
    const list = el('ul', { class: 'asked reports' }, all.map((/** @type {any} */ r) => {
      const show = this.#button('reportShow', () => this.#show(r, show), 'bare small');
      const back = this.#button('reportBack', () => this.#takeBack(r), 'bare small');
      return el('li', {}, [
        el('b', { text: words.say(`reason_${r.reason}`) }), ` · ${timeText(r.at, words)} · ${words.say(`state_${r.state}`)} · ${words.say('reportKept', { date: timeText(r.until, words) })}`,
        ...(r.answer ? [el('p', { class: 'over', dir: 'auto' }, [el('span', { class: 'hint', text: `${words.say('reportAnswer', { tenant })} ` }), r.answer])] : []),
        el('div', { class: 'row' }, [show, back]),
      ]);
    }));
    list.tabIndex = -1;
    return el('section', {}, [el('h2', { text: words.say('reports') }), list]);
  }

  /** @param {any} report @param {HTMLElement} b the button that is done with */
  async #show(report, b) {
    const words = this.#words;
    try {
      const r = await this.#mine.get(`reports/${report.id}`);
      const lines = [...(r.lines ?? []).map((/** @type {any} */ l) => el('li', { class: l.role === 'avatar' && !l.human ? 'avatar' : 'you' }, [el('p', { class: 'words', text: l.words, dir: 'auto' })])),
        ...(r.note ? [el('li', {}, [el('p', { class: 'words', text: r.note, dir: 'auto' })])] : [])];
      const script = el('ol', { class: 'script' }, lines);
      script.tabIndex = -1;
      b.closest('li')?.append(script);
      b.remove();
      script.focus();
    } catch {
      this.#tell(words.say('failed'));
    }
  }

  /** @param {any} report */
  #takeBack(report) {
    return this.#do(async () => {
      await this.#mine.send('DELETE', `reports/${report.id}`);
      this.#held.reports = this.#held.reports.filter((/** @type {any} */ r) => r.id !== report.id);
      this.#tell(this.#words.say('reportGone'));
    }, '.reports');
  }

  /** @param {any} request */
  #asked(request) {
    this.#held.requests = [request, ...(this.#held.requests ?? [])];
    this.#tell(this.#words.say('askSent', { tenant: this.#held.organisation?.name ?? '' }));
  }

  /**
   * @param {boolean} self
   * @param {string} tenant of whom it is asked
   */
  #requests(self, tenant) {
    const words = this.#words;
    const made = this.#held.requests ?? [];
    const select = el('select', {}, (self ? KINDS : INSTRUCTED.filter((k) => k !== 'correct')).map((k) => {
      const o = el('option', { text: words.say(`kind_${k}`) });
      o.value = k;
      return o;
    }));
    const note = el('textarea');
    note.rows = 3;
    note.maxLength = 4000;
    note.dir = 'auto';
    const send = el('button', { text: words.say('askSend') });
    const form = el('form', { class: 'ask' }, [el('label', {}, [el('span', { text: words.say('askWhat') }), select]), el('label', {}, [el('span', { text: words.say('askWords') }), note]), el('div', { class: 'row' }, [send])]);
    form.addEventListener('submit', (e) => {
      e.preventDefault();
      this.#do(async () => this.#asked((await this.#mine.send('POST', 'requests', { kind: select.value, ...(note.value.trim() ? { note: note.value.trim() } : {}) })).request), '.asked');
    });
    const list = el('ul', { class: 'asked' }, made.map((/** @type {any} */ r) => el('li', {}, [el('b', { text: words.say(`kind_${r.kind}`) }), ` · ${timeText(r.at, words)} · ${words.say(`state_${r.state}`)}`, ...(r.reason ? [el('p', { class: 'over', dir: 'auto', text: words.say('requestReason', { tenant, text: r.reason }) })] : [])])));
    list.tabIndex = -1;
    const fold = el('details', {}, [el('summary', { text: words.say('ask') }), form]);
    fold.open = !self && made.length === 0;
    return el('section', {}, [...(made.length ? [el('h2', { text: words.say('requests') }), list] : []), fold]);
  }
}
