// What a person wants to show and has not sent yet: chosen, dropped, pasted or
// taken with the device's own camera. Each can be seen and taken away again,
// and who gets it is said beside it. Nothing of it is stored, and no name of a
// file is sent.
import { makeReady } from './talk/file.js';

/** What a person agrees to before anything is shown. */
const SHOWING = 'attachments';
/** How many there may be at a time, as the gateway takes them. */
const ROOM = 4;
/** Bytes of one, as the gateway takes it. */
const HEAVY = 8 * 1024 * 1024;
const DOCUMENTS = ['application/pdf', 'text/plain', '.txt', '.md', '.csv'];
const PICTURES = ['image/png', 'image/jpeg', 'image/webp'];
/** What the gateway's refusals mean to a person. */
const MEANT = {
  attachment_type_not_taken: 'attachType', attachment_not_understood: 'attachTypeDoc', attachment_animated: 'attachType',
  attachment_too_large: 'attachLarge', body_too_large: 'attachLarge', attachment_damaged: 'attachDamaged',
  attachment_encrypted: 'attachLocked', attachment_without_text: 'attachNoText', attachment_limit: 'attachMany',
  attachments_not_consented: 'attachNo', attachments_not_enabled: 'attachNo',
};

/**
 * @typedef {import('./talk/file.js').Ready & {node: HTMLElement}} Chosen
 * @typedef {{button: HTMLElement, camera: HTMLElement, tray: HTMLElement, zone: HTMLElement, field: HTMLElement}} TrayParts
 *   button, camera: what a person presses; tray: where it is shown; zone: where things can be dropped; field: where the keyboard goes back to
 */

export class Tray {
  #parts;
  #on;
  #list;
  #hint;
  #choose;
  #shoot;
  /** @type {Chosen[]} */
  #all = [];
  #offered = false;
  #pictures = false;
  #to = '';

  /**
   * @param {TrayParts} parts
   * @param {{words: () => import('./words.js').Words, consents: import('./talk/consents.js').Consents,
   *   conversation: () => import('./talk/conversation.js').Conversation|undefined,
   *   make: (tag: string, name: string) => HTMLElement, say: (text: string, urgent?: boolean) => void,
   *   shown: (item: string, chosen: Chosen) => void}} on
   *   make: an element with a name for its style; say: to the person; shown: it is an item now
   */
  constructor(parts, on) {
    this.#parts = parts;
    this.#on = on;
    this.#list = on.make('ul', 'tray-list');
    this.#hint = on.make('p', 'tray-hint');
    parts.tray.append(this.#list, this.#hint);
    this.#choose = this.#input();
    this.#choose.multiple = true;
    this.#shoot = this.#input();
    this.#shoot.accept = 'image/*';
    this.#shoot.setAttribute('capture', 'environment');
    parts.button.addEventListener('click', () => this.#ask(this.#choose));
    parts.camera.addEventListener('click', () => this.#ask(this.#shoot));
    parts.zone.addEventListener('dragover', (e) => this.#over(e));
    parts.zone.addEventListener('dragleave', (e) => !parts.zone.contains(/** @type {Node|null} */ (e.relatedTarget)) && this.#aim(false));
    parts.zone.addEventListener('drop', (e) => this.#drop(e));
    parts.zone.addEventListener('paste', (e) => this.#paste(e));
  }

  /** Whether it is being sent. */
  get sending() {
    return this.#parts.tray.getAttribute('aria-busy') === 'true';
  }

  /** How many wait to be sent. */
  get count() {
    return this.#all.length;
  }

  /**
   * @param {string[]} capabilities of the session
   * @param {string} to who gets what is shown
   */
  offer(capabilities, to) {
    this.#offered = capabilities.includes('attachments');
    this.#pictures = capabilities.includes('pictures');
    this.#to = to;
    this.#choose.accept = [...(this.#pictures ? PICTURES : []), ...DOCUMENTS].join(',');
    this.speak();
    this.changed();
  }

  /** What the person has agreed to is something else now. */
  changed() {
    const open = this.#offered && this.#on.consents.open(SHOWING);
    this.#parts.button.hidden = !open;
    // The device's own camera takes the picture; no page here is ever given one.
    this.#parts.camera.hidden = !open || !this.#pictures || !matchMedia('(pointer: coarse)').matches;
    // What waits goes when the yes does.
    if (!open || !this.#on.consents.allows(SHOWING)) this.clear();
  }

  /** In another language. */
  speak() {
    const w = this.#on.words();
    const label = w.say(this.#pictures ? 'attach' : 'attachDoc');
    for (const [node, text] of /** @type {[HTMLElement, string][]} */ ([[this.#parts.button, label], [this.#parts.camera, w.say('camera')]])) {
      node.setAttribute('aria-label', text);
      node.title = text;
    }
    this.#list.setAttribute('aria-label', w.say('attached'));
    this.#hint.textContent = this.#to ? w.say('attachTo', { name: this.#to }) : w.say('attachToAnswer');
    for (const one of this.#all) this.#dress(one);
  }

  /** Forgets what was not sent. */
  clear() {
    for (const one of this.#all) one.node.remove();
    this.#all = [];
    this.#show();
  }

  /**
   * Sends what waits, one after the other. What cannot be sent stays, and why is said.
   * @returns {Promise<boolean>} whether all of it is with the gateway now
   */
  async send() {
    const talk = this.#on.conversation();
    const w = this.#on.words();
    this.#busy(true);
    try {
      while (talk && this.#all.length > 0) {
        const one = this.#all[0];
        one.node.setAttribute('aria-busy', 'true');
        try {
          const item = await talk.show(one.body);
          this.#all.shift();
          one.node.remove();
          this.#on.shown(item, one);
        } catch (why) {
          one.node.removeAttribute('aria-busy');
          const code = /** @type {{code?: keyof MEANT}} */ (why).code;
          const key = (code && MEANT[code]) ?? 'attachFailed';
          this.#on.say(w.say(key === 'attachType' && !this.#pictures ? 'attachTypeDoc' : key, { name: one.name }), true);
          return false;
        }
      }
    } finally {
      this.#busy(false);
      this.#show();
    }
    return true;
  }

  // What a person does ------------------------------------------------------

  /** @param {HTMLInputElement} input */
  async #ask(input) {
    // A browser opens its own box only on a press: who has to agree first presses again.
    if (this.#on.consents.allows(SHOWING)) input.click();
    else if (await this.#agreed()) this.#parts.button.focus({ preventScroll: true });
  }

  /** @returns {Promise<boolean>} */
  async #agreed() {
    const { consents } = this.#on;
    return this.#offered && (consents.allows(SHOWING) || (await consents.agree(SHOWING)));
  }

  /** @param {FileList|File[]} files */
  async #add(files) {
    const w = this.#on.words();
    const some = [...files];
    if (some.length === 0 || !(await this.#agreed())) return;
    for (const file of some) {
      if (this.#all.length === ROOM) {
        this.#on.say(w.say('attachMany'), true);
        return;
      }
      const ready = await makeReady(file);
      if (ready.body.size > HEAVY) this.#on.say(w.say('attachLarge', { name: file.name }), true);
      else if (ready.glimpse && !this.#pictures) this.#on.say(w.say('attachTypeDoc', { name: file.name }), true);
      else this.#put(ready);
    }
    this.#parts.field.focus({ preventScroll: true });
  }

  /** @param {import('./talk/file.js').Ready} ready */
  #put(ready) {
    const { make } = this.#on;
    const one = { ...ready, node: make('li', 'tray-one') };
    const name = make('span', 'tray-name');
    name.dir = 'auto';
    name.textContent = ready.name;
    const remove = /** @type {HTMLButtonElement} */ (make('button', 'tray-remove'));
    remove.type = 'button';
    remove.addEventListener('click', () => this.#remove(one));
    if (ready.glimpse) {
      ready.glimpse.setAttribute('aria-hidden', 'true');
      one.node.append(ready.glimpse);
    } else one.node.append(make('span', 'tray-page'));
    one.node.append(name, remove);
    this.#all.push(one);
    this.#list.append(one.node);
    this.#dress(one);
    this.#show();
    this.#on.say(`${this.#on.words().say('attachAdded', { name: ready.name })} ${this.#hint.textContent}`);
  }

  /** @param {Chosen} one */
  #dress(one) {
    one.node.lastElementChild?.setAttribute('aria-label', this.#on.words().say('attachRemove', { name: one.name }));
  }

  /** @param {Chosen} one */
  #remove(one) {
    const at = this.#all.indexOf(one);
    if (at < 0 || one.node.getAttribute('aria-busy') === 'true') return;
    this.#all.splice(at, 1);
    one.node.remove();
    const next = this.#all[Math.min(at, this.#all.length - 1)];
    /** @type {HTMLElement} */ (next?.node.lastElementChild ?? this.#parts.field).focus({ preventScroll: true });
    this.#show();
    this.#on.say(this.#on.words().say('attachRemoved', { name: one.name }));
  }

  /** @param {DragEvent} e */
  #over(e) {
    if (!this.#offered || !e.dataTransfer?.types.includes('Files')) return;
    e.preventDefault();
    e.dataTransfer.dropEffect = 'copy';
    this.#aim(true);
  }

  /** @param {DragEvent} e */
  #drop(e) {
    this.#aim(false);
    if (!this.#offered || !e.dataTransfer?.files.length) return;
    e.preventDefault();
    this.#add(e.dataTransfer.files);
  }

  /** @param {ClipboardEvent} e */
  #paste(e) {
    const files = e.clipboardData?.files;
    if (!this.#offered || !files?.length) return;
    e.preventDefault();
    this.#add(files);
  }

  // Showing -----------------------------------------------------------------

  /** @param {boolean} on */
  #aim(on) {
    this.#parts.zone.toggleAttribute('data-drop', on);
  }

  /** @param {boolean} on */
  #busy(on) {
    this.#parts.tray.setAttribute('aria-busy', String(on));
  }

  #show() {
    this.#parts.tray.hidden = this.#all.length === 0;
  }

  #input() {
    const input = /** @type {HTMLInputElement} */ (this.#on.make('input', 'tray-input'));
    input.type = 'file';
    input.hidden = true;
    input.tabIndex = -1;
    this.#parts.tray.append(input);
    input.addEventListener('change', () => {
      const files = [...(input.files ?? [])];
      input.value = '';
      this.#add(files);
    });
    return input;
  }
}

/**
 * What was shown, as a line of the conversation says it.
 * @param {{kind: string, pages?: number}[]} all
 * @param {import('./words.js').Words} words
 */
export function shownText(all, words) {
  return all.map((one) => words.say(one.kind === 'document' ? 'shownDocument' : 'shownPicture')).join(', ');
}
