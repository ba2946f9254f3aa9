// The first moment: who this is, and what happens to what you say, computed
// from the configuration that the gateway really runs with.
import { Face } from '../shared/face/face.js';
import { $, el, icon, link, radios } from '../shared/dom.js';

/**
 * @typedef {import('../shared/talk/gateway.js').PageData} PageData
 * @typedef {import('../shared/talk/gateway.js').AvatarCard} AvatarCard
 * @typedef {import('../shared/words.js').Words} Words
 */

/**
 * Whether the avatar has a voice for a language.
 * @param {AvatarCard} avatar
 * @param {string} locale
 */
export function speaks(avatar, locale) {
  if (avatar.voices) return Boolean(avatar.voices[locale]);
  return Boolean(avatar.voice && (avatar.voice.languages ?? [locale]).includes(locale));
}

/** The gateway's kinds of lines that are said before Start, and their pictures here. */
const PICTURES = { answers: 'book', speech: 'voice', recorded: 'dot', unrecorded: 'ring', gone: 'gone' };
/** Kinds that the fold has as links already. */
const LINKED = ['contact', 'privacy', 'complaint'];

/**
 * What the gateway says in a language, or in the avatar's first where it says nothing in that one.
 * @template T
 * @param {Record<string, T>|undefined} all
 * @param {AvatarCard} avatar
 * @param {Words} words
 * @returns {T|undefined}
 */
function inWords(all, avatar, words) {
  return all?.[words.locale] ?? all?.[avatar.languages?.[0] ?? ''];
}

/**
 * The facts in three lines or four: icon, words. The gateway computes them from
 * what it runs with; nothing about what is kept is written here.
 * @param {AvatarCard} avatar
 * @param {Words} words
 * @returns {{icon: string, text: string, red?: boolean}[]}
 */
export function facts(avatar, words) {
  return (inWords(avatar.lines, avatar, words) ?? []).filter((l) => l.icon in PICTURES).map((l) =>
    ({ icon: PICTURES[/** @type {'gone'} */ (l.icon)], text: l.text, red: l.icon === 'recorded' }));
}

/**
 * What else is true, in the notice's own fold.
 * @param {AvatarCard} avatar
 * @param {Words} words
 */
export function alsoTrue(avatar, words) {
  return [
    speaks(avatar, words.locale) ? words.say('voiceIs') : words.say('noVoice', { language: words.language }),
    ...(inWords(avatar.lines, avatar, words) ?? []).filter((l) => !(l.icon in PICTURES) && !LINKED.includes(l.icon)).map((l) => l.text),
    words.say('noTraces'),
  ];
}

/** @param {AvatarCard} avatar @param {Words} words */
export function noticeOf(avatar, words) {
  return inWords(avatar.notice, avatar, words);
}

/**
 * @param {PageData} page
 * @param {AvatarCard} avatar
 * @param {Words} words
 * @param {(avatar: AvatarCard) => void} onchoose
 */
export function showArrive(page, avatar, words, onchoose) {
  const tenant = page.tenant?.name ?? '';
  $('tenant').textContent = tenant || (page.demo ? words.say('demo') : '');
  $('name').textContent = avatar.name ?? avatar.id;
  $('facts').replaceChildren(...facts(avatar, words).map((f) =>
    el('li', { class: f.red ? 'red' : '' }, [icon(f.icon), el('span', { text: f.text })])));
  fillNotice($('notice'), $('also'), $('contact'), page, avatar, words);
  showAvatars(page.avatars ?? [], avatar, words, onchoose);
}

/**
 * @param {HTMLElement} text
 * @param {HTMLElement} also
 * @param {HTMLElement} contact
 * @param {PageData} page
 * @param {AvatarCard} avatar
 * @param {Words} words
 */
export function fillNotice(text, also, contact, page, avatar, words) {
  const notice = noticeOf(avatar, words);
  text.textContent = notice?.text ?? words.say('isAI');
  text.dir = notice?.dir ?? words.dir;
  also.replaceChildren(...alsoTrue(avatar, words).map((t) => el('li', { text: t })));
  const c = page.contact ?? {};
  /** @type {(Node|string)[]} */
  const parts = [];
  if (page.tenant?.name) parts.push(words.say('responsible', { tenant: page.tenant.name }));
  if (c.email) parts.push(link(`mailto:${c.email}`, c.email));
  if (c.privacy) parts.push(link(c.privacy, words.say('privacy')));
  if (c.complaint) parts.push(link(c.complaint, words.say('complaint')));
  contact.replaceChildren(...parts.flatMap((p, i) => (i ? [' · ', p] : [p])));
}

/** @type {Face[]} */
const small = [];

/**
 * @param {AvatarCard[]} avatars
 * @param {AvatarCard} chosen
 * @param {Words} words
 * @param {(avatar: AvatarCard) => void} onchoose
 */
function showAvatars(avatars, chosen, words, onchoose) {
  const box = $('avatars');
  box.hidden = avatars.length < 2;
  // The same choice in the same words stays as it is: it may have the keyboard.
  const same = box.dataset.locale === words.locale && small.length > 0;
  box.dataset.locale = words.locale;
  if (same) return;
  for (const face of small.splice(0)) face.close();
  if (box.hidden) return;
  const list = /** @type {HTMLElement} */ (box.querySelector('div'));
  radios(list, 'avatar', avatars.map((a) => {
    const host = el('div', { class: 'small' });
    host.setAttribute('aria-hidden', 'true');
    small.push(new Face(host, { look: a.look, colour: a.colour, badge: words.say('badge'), picture: true }));
    return { value: a.id, label: a.name ?? a.id, before: host };
  }), chosen.id, (id) => {
    const found = avatars.find((a) => a.id === id);
    if (found) onchoose(found);
  });
}

/** Lets go of the small faces: they are not looked at while somebody talks. */
export function leaveArrive() {
  for (const face of small.splice(0)) face.close();
}
