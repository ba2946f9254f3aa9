// What a person may say about their own data while they talk: yes and no by
// purpose, off the record, and an answer that they want somebody to look at.

export class Rights {
  #send;
  /** Of the question that the gateway asked last: its answer may be changed later. */
  #asked = '';

  /** @param {(event: object) => boolean} send */
  constructor(send) {
    this.#send = send;
  }

  /** @param {string} id of avatar.consent.requested */
  asked(id) {
    this.#asked = id;
  }

  /**
   * Answers the gateway's question, or answers it anew.
   * @param {Record<string, boolean>} grants by purpose
   */
  agree(grants) {
    return this.#send({ type: 'avatar.consent.submit', consent_id: this.#asked, grants, method: 'click' });
  }

  /** Takes a yes back: it ends at once. @param {string[]} purposes */
  withdraw(purposes) {
    return this.#send({ type: 'avatar.consent.withdraw', purposes });
  }

  /**
   * Nothing from here on may be stored; there is no way back in this session.
   * @param {boolean} erase what this session has stored so far as well
   */
  offTheRecord(erase) {
    return this.#send({ type: 'avatar.optout.submit', purposes: ['transcript', 'audio_recording'], erase_stored: erase });
  }

  /**
   * Sends what a person ticked to the organisation, and nothing else.
   * @param {string} event_id by which a refusal will speak of it
   * @param {{items: {item_id: string, text: string}[], reason: string, note?: string}} report
   */
  report(event_id, report) {
    return this.#send({ type: 'avatar.report.submit', event_id, consent: true, ...report });
  }
}
