// What the element is built of. Every piece has a name, by which a site can
// style it.
import { Face } from '../shared/face/face.js';
import { Stage } from '../shared/face/stage.js';
import { CAMERA, CLIP, CROSS, elementSheet, MICROPHONE, PERSON, PLANE, SOUND, SQUARE } from './sheet.js';

/** @typedef {Record<string, HTMLElement>} Parts */

/**
 * Builds the element's inside.
 * @param {ShadowRoot} root
 * @param {Record<'start'|'stop'|'leave'|'hush'|'human'|'goOn'|'off'|'micOff'|'report'|'noReport'|'withdraw'|'saveKey'|'tookKey'|'yes'|'no'|'mute'|'typed', () => void>} press
 * @param {(text: string) => boolean} ask
 * @returns {Parts}
 */
export function build(root, press, ask) {
  root.adoptedStyleSheets = [elementSheet()];
  /** @type {Parts} */
  const p = {};
  p.tools = part('div', 'tools');
  p.sound = button('tool sound', press.hush, SOUND);
  p.human = button('tool human', press.human, PERSON);
  p.leave = button('tool leave', press.leave, CROSS);
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
  p.off = button('off', press.off);
  p.off.setAttribute('role', 'switch');
  p.record.append(p.recording, p.off);
  p.said = part('div', 'said');
  p.said.append(p.caption, p.status);
  p.note = part('div', 'note');
  p.noteText = part('p', 'note-text');
  p.noteText.setAttribute('role', 'alert');
  p.goOn = button('go-on', press.goOn);
  p.note.append(p.noteText, p.goOn);
  p.log = part('ol', 'log');
  p.log.tabIndex = 0;
  p.polite = part('div', 'polite');
  p.polite.setAttribute('aria-live', 'polite');
  p.notice = part('div', 'notice');
  p.notice.setAttribute('role', 'group');
  p.noticeText = part('p', 'notice-text');
  p.noticeText.tabIndex = -1;
  p.yes = button('yes continue', press.yes);
  p.no = button('no leave-notice', press.no);
  p.notice.append(p.noticeText, p.no, p.yes);
  p.kept = part('div', 'kept');
  p.kept.setAttribute('role', 'group');
  p.keptText = part('p', 'kept-text');
  p.keySave = button('key-save', press.saveKey);
  p.keyOpen = part('a', 'button key-open');
  p.keyOpen.setAttribute('target', '_blank');
  p.keyOpen.setAttribute('rel', 'noopener noreferrer');
  p.keyOpen.addEventListener('click', press.tookKey);
  p.kept.append(p.keptText, p.keySave, p.keyOpen);
  p.report = part('div', 'report');
  p.report.setAttribute('role', 'group');
  p.report.hidden = true;
  p.reportWhat = part('p', 'report-what');
  p.reportWhat.tabIndex = -1;
  p.reportLines = part('div', 'report-lines');
  p.reportReason = part('select', 'report-reason');
  p.reportNote = part('input', 'field report-note');
  p.reportNote.setAttribute('maxlength', '1000');
  p.reportNote.setAttribute('autocomplete', 'off');
  p.reportConsent = part('p', 'report-consent');
  p.reportSaid = part('p', 'report-said');
  p.reportSaid.setAttribute('role', 'status');
  p.reportNo = button('report-no', press.noReport);
  p.reportYes = button('report-yes', press.report);
  p.report.append(p.reportWhat, p.reportLines, p.reportReason, p.reportNote, p.reportConsent, p.reportSaid, p.reportNo, p.reportYes);
  p.start = button('start', press.start);
  p.voice = part('div', 'voice');
  p.voice.setAttribute('role', 'group');
  p.voiceWord = part('p', 'voice-word');
  p.voiceWord.setAttribute('role', 'status');
  p.mute = button('mute', press.mute);
  p.micOff = button('mic-off', press.micOff);
  p.withdraw = button('withdraw', press.withdraw);
  p.voice.append(p.voiceWord, p.mute, p.micOff, p.withdraw);
  p.voice.hidden = true;
  p.composer = part('form', 'composer');
  p.field = part('input', 'field');
  p.field.setAttribute('autocomplete', 'off');
  p.field.setAttribute('maxlength', '4000');
  p.mic = button('mic', () => {}, MICROPHONE);
  p.mic.hidden = true;
  p.ring = part('span', 'ring');
  p.ring.setAttribute('aria-hidden', 'true');
  p.mic.prepend(p.ring);
  p.tray = part('div', 'tray');
  p.tray.setAttribute('role', 'group');
  p.tray.hidden = true;
  p.attach = button('attach', () => {}, CLIP);
  p.camera = button('camera', () => {}, CAMERA);
  p.attach.hidden = p.camera.hidden = true;
  p.send = button('send', () => {}, PLANE);
  /** @type {HTMLButtonElement} */ (p.send).type = 'submit';
  p.stop = button('stop', press.stop, SQUARE);
  p.composer.append(p.field, p.stop, p.attach, p.camera, p.mic, p.send);
  p.composer.addEventListener('submit', (e) => {
    e.preventDefault();
    const field = /** @type {HTMLInputElement} */ (p.field);
    if (ask(field.value)) field.value = '';
  });
  p.field.addEventListener('input', press.typed);
  p.box = part('div', 'box');
  p.box.append(p.tools, p.figure, p.name, p.ai, p.record, p.said, p.note, p.log, p.report, p.kept, p.notice, p.start, p.voice, p.tray, p.composer, p.polite);
  root.replaceChildren(p.box);
  return p;
}

/**
 * Puts a language's words on everything that has them for good.
 * @param {Parts} p
 * @param {import('../shared/words.js').Words} w
 * @param {string} name of the avatar
 */
export function dress(p, w, name) {
  p.box.dir = w.dir;
  p.box.lang = w.locale;
  p.name.textContent = name;
  p.figure.setAttribute('aria-label', w.say('avatarLabel', { name }));
  p.log.setAttribute('aria-label', w.say('conversation'));
  p.notice.setAttribute('aria-label', w.say('noticeTitle'));
  p.field.setAttribute('aria-label', w.say('ask', { name }));
  p.field.setAttribute('placeholder', w.say('askPlaceholder'));
  p.voice.setAttribute('aria-label', w.say('microphone'));
  p.tray.setAttribute('aria-label', w.say('attached'));
  for (const [key, text] of [['sound', 'sound'], ['human', 'aHuman'], ['leave', 'leave'], ['send', 'send']]) {
    p[key].setAttribute('aria-label', w.say(text));
    p[key].title = w.say(text);
  }
  for (const [key, text] of [['ai', 'isAI'], ['start', 'start'], ['goOn', 'goOn'], ['keySave', 'keySave'], ['mute', 'mute'], ['micOff', 'micStop'], ['withdraw', 'withdraw']]) {
    p[key].textContent = w.say(text);
  }
  p.stop.replaceChildren(icon(SQUARE), w.say('stop'));
  p.kept.setAttribute('aria-label', w.say('keyTitle'));
}

/**
 * The figure, without a thread of its own: a site's policy may forbid one.
 * @param {Parts} p
 * @param {{look?: string, colour?: string, onpicture: (moves: boolean) => void}} wears
 */
export function figure(p, wears) {
  return new Face(p.figure, { ...wears, badge: 'AI', Stage });
}

/**
 * @param {string} tag
 * @param {string} names for ::part
 * @returns {HTMLElement}
 */
export function part(tag, names) {
  const node = document.createElement(tag);
  node.setAttribute('part', names);
  return node;
}

/**
 * @param {string} names
 * @param {() => void} press
 * @param {string} [drawing] a path in place of words
 */
export function button(names, press, drawing) {
  const node = /** @type {HTMLButtonElement} */ (part('button', `button ${names}`));
  node.type = 'button';
  if (drawing) node.append(icon(drawing));
  node.addEventListener('click', press);
  return node;
}

/** @param {string} drawing */
export function icon(drawing) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', drawing);
  svg.append(path);
  return svg;
}
