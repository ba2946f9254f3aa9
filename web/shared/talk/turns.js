// What has been said, as the wire tells it: lines, responses, labels, timings.
// Memory only; `forget` empties it.
import { Timeline } from './timeline.js';

/**
 * One line of the conversation.
 * @typedef {{id: string, who: 'you'|'avatar'|'human', text: string, time: Timeline,
 *   status: 'open'|'done'|'stopped'|'failed'|'gone', label: any, sources?: {title: string, url?: string, heading?: string, page?: number}[],
 *   why?: string, spoken?: boolean, committed?: boolean, said?: string, shown?: {kind: string}[]}} Line
 *   why: the gateway's code for what kept the answer away;
 *   shown: what the person showed; spoken: the person said it aloud; committed: the gateway took it as said; said: what is written down of it so far
 * @typedef {{line: (l: Line) => void, response: (active: boolean, status: string) => void,
 *   metrics: (m: any) => void, audio: (item: string, base64: string) => void,
 *   audioEnd: (item: string) => void}} TurnEars
 */

/** Lines in order, and the one response that may be under way. */
export class Turns {
  /** @type {Map<string, Line>} */
  #lines = new Map();
  #ears;
  /** @type {string|null} */
  #active = null;
  /** @type {Set<string>} notice items are shown elsewhere */
  #hidden = new Set();
  /** @type {any} */
  #label = null;

  /** @param {TurnEars} ears */
  constructor(ears) {
    this.#ears = ears;
  }

  /** Id of the response under way, or null. */
  get active() {
    return this.#active;
  }

  get lines() {
    return [...this.#lines.values()];
  }

  /** What a line answers, or was to answer. @param {Line} line */
  question(line) {
    return this.lines.slice(0, this.lines.indexOf(line)).findLast((l) => l.who === 'you');
  }

  /** @param {string} id */
  line(id) {
    return this.#lines.get(id);
  }

  /** @param {string|undefined} id an item that is the notice itself */
  hide(id) {
    if (!id) return;
    this.#hidden.add(id);
    this.#lines.delete(id);
  }

  /**
   * @param {string} id
   * @param {string} text what the person asked
   */
  ask(id, text) {
    this.#change(id, 'you', (line) => {
      line.text = text;
      line.status = 'done';
    });
  }

  /**
   * The person begins to say something.
   * @param {string} id of the item that it will be
   */
  speaks(id) {
    this.#change(id, 'you', (line) => (line.spoken = true));
  }

  /** What was begun aloud is not said: a cough, or thrown away. */
  #unsaid() {
    for (const line of this.#lines.values()) if (line.spoken && line.status === 'open' && !line.committed) this.#remove(line);
  }

  /** @param {Line} line */
  #remove(line) {
    line.status = 'gone';
    this.#lines.delete(line.id);
    this.#ears.line(line);
  }

  /**
   * Marks a line as cut off where the person last heard it.
   * @param {string} id
   * @param {number|null} heardMs null when it was not spoken
   */
  stop(id, heardMs) {
    const line = this.#lines.get(id);
    if (!line || line.status === 'stopped') return;
    line.status = 'stopped';
    const last = heardMs === null ? null : line.time.wordAt(heardMs);
    if (last && last.to > 0) line.text = line.text.slice(0, last.to);
    this.#ears.line(line);
  }

  /** Whatever was under way is over: the link that carried it is gone. */
  interrupted() {
    for (const line of this.#lines.values()) {
      if (line.status !== 'open') continue;
      line.status = 'stopped';
      this.#ears.line(line);
    }
    if (this.#active) {
      this.#active = null;
      this.#ears.response(false, 'incomplete');
    }
  }

  forget() {
    for (const line of this.#lines.values()) line.text = '';
    this.#lines.clear();
    this.#active = null;
    this.#label = null;
  }

  /**
   * @param {any} e
   * @returns {boolean} whether the event was one of these
   */
  take(e) {
    switch (e.type) {
      case 'conversation.item.added':
      case 'conversation.item.done':
      case 'conversation.item.retrieved':
      case 'response.output_item.added':
      case 'response.output_item.done':
        this.#item(e.item, e.type.endsWith('.done'));
        return true;
      case 'response.output_audio_transcript.delta':
      case 'response.output_text.delta':
        this.#change(e.item_id, 'avatar', (line) => {
          if (line.status === 'stopped') return;
          line.text += e.delta;
          line.time.placeWords(line.text);
        });
        return true;
      case 'response.output_audio_transcript.done':
      case 'response.output_text.done':
        this.#change(e.item_id, 'avatar', (line) => {
          if (line.status === 'stopped') return;
          line.text = e.transcript ?? e.text ?? line.text;
          line.time.placeWords(line.text);
        });
        return true;
      case 'conversation.item.input_audio_transcription.delta':
        this.#change(e.item_id, 'you', (line) => {
          line.said = (line.said ?? '') + (e.delta ?? '');
          // A guess that was longer stays until this is.
          if (line.said.length >= line.text.length) line.text = line.said;
        });
        return true;
      case 'avatar.transcript.partial':
        this.#change(e.item_id, 'you', (line) => {
          line.spoken = true;
          if (line.status === 'open' && !line.said) line.text = e.text ?? '';
        });
        return true;
      case 'conversation.item.input_audio_transcription.completed':
      case 'conversation.item.input_audio_transcription.failed':
        this.#change(e.item_id, 'you', (line) => {
          line.spoken = true;
          line.text = e.transcript ?? '';
          line.status = line.text.trim() ? 'done' : 'failed';
        });
        return true;
      case 'input_audio_buffer.committed':
        this.#change(e.item_id, 'you', (line) => (line.spoken = line.committed = true));
        return true;
      case 'input_audio_buffer.cleared':
        this.#unsaid();
        return true;
      case 'conversation.item.deleted': {
        const line = this.#lines.get(e.item_id);
        if (line) this.#remove(line);
        return true;
      }
      case 'response.output_audio.delta':
        if (!this.#hidden.has(e.item_id) && this.#lines.get(e.item_id)?.status !== 'stopped') {
          this.#ears.audio(e.item_id, e.delta);
        }
        return true;
      case 'response.output_audio.done':
        this.#ears.audioEnd(e.item_id);
        return true;
      case 'avatar.viseme.delta':
        this.#lines.get(e.item_id)?.time.addShapes(e);
        return true;
      case 'avatar.word.delta': {
        const line = this.#lines.get(e.item_id);
        line?.time.addWord(e, line.text);
        return true;
      }
      case 'avatar.provenance':
        this.#label = e;
        // Somebody else speaks on: what is being said is labelled anew.
        for (const line of this.#lines.values()) if (line.status === 'open' && line.label?.response_id && line.label.response_id === e.response_id) this.#change(line.id, line.who, (l) => (l.label = e));
        return true;
      case 'avatar.sources': {
        const line = [...this.#lines.values()].findLast((l) => l.who === 'avatar');
        if (!line || e.response_id !== this.#active) return true;
        line.sources = e.sources;
        this.#ears.line(line);
        return true;
      }
      case 'avatar.metrics':
        this.#ears.metrics(e);
        return true;
      case 'response.created':
        this.#active = e.response?.id ?? 'response';
        this.#ears.response(true, 'in_progress');
        return true;
      case 'response.done':
        this.#done(e.response);
        return true;
      default:
        return false;
    }
  }

  /** @param {any} response */
  #done(response) {
    this.#active = null;
    const status = response?.status ?? 'completed';
    const why = response?.status_details?.error?.code ?? '';
    const failed = status === 'failed';
    const output = response?.output ?? [];
    const open = this.lines.filter((line) => line.status === 'open' && line.who !== 'you');
    for (const item of output) this.#item(item, true);
    for (const line of open) {
      if (line.status === 'done') continue;
      if (failed) line.why = why;
      line.status = failed ? 'failed' : status === 'completed' ? 'done' : 'stopped';
      this.#ears.line(line);
    }
    // Nothing came at all: that is a line too, or nobody would know.
    if (failed && open.length + output.length === 0) this.#change(`${response.id}_failed`, 'avatar', (line) => {
      line.why = why;
      line.status = 'failed';
    });
    this.#ears.response(false, status);
  }

  /**
   * @param {any} item
   * @param {boolean} done
   */
  #item(item, done) {
    if (item?.type !== 'message' || !item.id || this.#hidden.has(item.id) || item.role === 'system') return;
    const who = item.role === 'user' ? 'you' : item.avatar?.speaker === 'human' ? 'human' : 'avatar';
    this.#change(item.id, who, (line) => {
      const text = (item.content ?? []).map((/** @type {any} */ c) => c.text ?? c.transcript ?? '').join('');
      if (item.avatar?.attachments) line.shown = item.avatar.attachments;
      if (line.status === 'stopped') return;
      // A finished or replayed item is whole; a fresh one is still empty.
      if (text && text.length >= line.text.length) line.text = text;
      // What was said aloud is whole when its words are known.
      const unknown = (item.content ?? []).some((/** @type {any} */ c) => c.type === 'input_audio' && c.transcript == null);
      if (item.status === 'incomplete') line.status = 'stopped';
      else if (done && item.status === 'completed' && !unknown) line.status = 'done';
      line.time.placeWords(line.text);
    });
  }

  /**
   * @param {string} id
   * @param {Line['who']} who
   * @param {(line: Line) => void} edit
   */
  #change(id, who, edit) {
    if (!id || this.#hidden.has(id)) return;
    let line = this.#lines.get(id);
    if (!line) {
      line = { id, who, text: '', time: new Timeline(), status: 'open', label: who === 'you' ? null : this.#label };
      this.#lines.set(id, line);
    }
    edit(line);
    this.#ears.line(line);
  }
}

/**
 * Why an answer did not come, in words.
 * @param {{text?: string, why?: string}} line
 * @param {import('../words.js').Words} words
 */
export function failedText(line, words) {
  const why = (line.why ?? '').replace(/^rate_limit.*/, 'overloaded');
  const kind = /unreachable|timeout|overloaded|refused/.exec(why)?.[0] ?? 'error';
  return `${words.say(line.text ? 'brokeOff' : 'failed')} ${words.say(`failed_${kind}`)}`;
}
