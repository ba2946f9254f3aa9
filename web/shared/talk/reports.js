// Reports of answers: what can be sent, the sending, and what became of it.

/** Reasons, as the wire has them. */
export const REASONS = ['wrong', 'harmful', 'offensive', 'privacy', 'other'];
/** Lines that one report can hold. */
const MOST = 20;
/** Milliseconds after which a report without an answer counts as not taken. */
const TAKEN = 8000;

/** The reports of one session. */
export class Reports {
  #conversation;
  /** Days for which a report is kept; 0: none is taken here. */
  days = 0;
  /** The event that waits for the gateway's word. */
  #sent = '';
  /** @type {((became: {word: string, until?: string}) => void)|null} */
  #settle = null;

  /** @param {() => import('./conversation.js').Conversation|undefined} conversation */
  constructor(conversation) {
    this.#conversation = conversation;
  }

  /** Another session: nothing is known of it yet. */
  begin() {
    this.days = 0;
    this.#became('reportFailed');
  }

  /** Whether it is being sent. */
  get busy() {
    return this.#sent !== '';
  }

  /**
   * @param {string} name
   * @param {any} e
   * @returns {boolean} whether it was the answer to a report
   */
  take(name, e) {
    if (name === 'ready') this.days = e.report?.days ?? 0;
    else if (name === 'report.stored') this.#became('reportStored', e.until);
    else if (name === 'error' && this.busy && e.event_id === this.#sent) this.#became(e.code === 'report_limit' ? 'reportLimit' : 'reportFailed');
    else return false;
    return name !== 'ready';
  }

  /**
   * What can be sent with an answer: it, and what was said before it.
   * @param {import('./turns.js').Line} line the answer
   */
  lines(line) {
    const all = (this.#conversation()?.turns.lines ?? []).filter((l) => l.text.trim() !== '');
    return all.slice(0, all.indexOf(line) + 1).slice(-MOST);
  }

  /**
   * @param {string[]} ticked ids of lines
   * @param {string} reason one of REASONS
   * @param {string} note
   * @returns {Promise<{word: string, until?: string}>} a key of the catalogue: what became of it, or what is missing
   */
  async send(ticked, reason, note) {
    const conversation = this.#conversation();
    if (!conversation || this.busy) return { word: 'reportFailed' };
    const items = ticked.flatMap((id) => {
      const line = conversation.turns.line(id);
      return line ? [{ item_id: id, text: line.text }] : [];
    });
    if (items.length === 0 || !REASONS.includes(reason)) return { word: items.length === 0 ? 'reportNoLine' : 'reportNoReason' };
    const words = note.trim();
    const id = conversation.id('r');
    if (!conversation.rights.report(id, { items, reason, ...(words ? { note: words } : {}) })) return { word: 'reportFailed' };
    this.#sent = id;
    const timer = setTimeout(() => this.#became('reportFailed'), TAKEN);
    const became = await /** @type {Promise<{word: string, until?: string}>} */ (new Promise((resolve) => (this.#settle = resolve)));
    clearTimeout(timer);
    return became;
  }

  /**
   * @param {string} word
   * @param {string} [until]
   */
  #became(word, until) {
    this.#sent = '';
    this.#settle?.({ word, until });
    this.#settle = null;
  }
}
