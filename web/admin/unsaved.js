// The bar that says what is not saved, on every view, and the way to save it.
import { Refused } from './api.js';
import { changes } from './diff.js';
import { askDialog, button, count, h } from './parts.js';
import { newRecipients } from './recipients.js';

/** Why a second admin is needed. @type {Record<string, string>} */
export const NEEDS = { recording_on: 'switches recording on', disclosure_off: 'switches the notice off', recipient_new: 'has people’s words sent to somebody new', second_admin_off: 'no longer asks for a second admin' };

/**
 * @param {HTMLElement} bar
 * @param {import('./draft.js').Draft} draft
 * @param {() => void} save
 * @param {() => void} again draws the view anew
 */
export function unsavedBar(bar, draft, save, again) {
  let shown = '';
  const draw = () => {
    const wrong = draft.said.problems.length;
    const n = draft.said.changed.length;
    const state = draft.dirty ? `${wrong} ${n}` : '';
    if (state === shown) return;
    shown = state;
    bar.hidden = !draft.dirty;
    if (!draft.dirty) {
      bar.replaceChildren();
      return;
    }
    const words = wrong ? `Not saved. ${count(wrong, 'mistake')} to put right.` : n ? `${count(n, 'change')} not saved.` : 'Not saved.';
    const held = bar.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement).dataset.keep : '';
    const first = button(wrong ? 'Show the mistake' : 'Look and save…', save, { class: 'first' });
    first.dataset.keep = 'unsaved-save';
    const drop = button('Discard…', async () => {
      const sure = await askDialog({ title: 'Discard what is not saved?', yes: 'Discard it', no: 'Go on', danger: true, body: [draft.said.changed.length ? changes(draft.said.changed) : h('p', { text: 'The fields will say again what is in force.' })] });
      if (!sure) return;
      draft.discard();
      again();
    }, { class: 'bare' });
    drop.dataset.keep = 'unsaved-drop';
    bar.replaceChildren(h('p', { role: 'status', text: words }), h('div', { class: 'row' }, drop, first));
    if (held) /** @type {HTMLElement|null} */ (bar.querySelector(`[data-keep="${held}"]`))?.focus();
  };
  draft.watch(draw, new AbortController().signal);
  draw();
}

/**
 * Shows the first mistake at its field, or says it where no field here has it.
 * @param {import('./draft.js').Draft} draft
 * @param {(key: string) => string} place the view that has the field
 * @param {(to: string) => void} go
 */
export async function showMistake(draft, place, go) {
  draft.tried = true;
  await draft.check();
  const field = /** @type {HTMLElement|null} */ (document.querySelector('#view [aria-invalid="true"]'));
  const group = /** @type {HTMLElement|null} */ (document.querySelector('#view .mistake:not([hidden])'));
  if (field || group) {
    (field ?? group)?.scrollIntoView({ block: 'center' });
    field?.focus({ preventScroll: true });
    return;
  }
  const { problems } = draft.said;
  if (problems.length === 0) return;
  const to = place(problems[0].key);
  const here = location.hash === `#/${to}`;
  const yes = await askDialog({ title: 'This cannot be saved yet', yes: here || !to ? 'Close' : 'Go there', no: 'Cancel',
    body: [h('ul', { class: 'problems' }, ...problems.map((p) => h('li', { text: p.key ? `${p.key}: ${p.text}` : p.text })))] });
  if (yes && to && !here) go(to);
}

/**
 * Shows what saving changes, and saves.
 * @param {import('./api.js').Api} api
 * @param {import('./draft.js').Draft} draft
 * @returns {Promise<any>} the change; null: not saved
 */
export async function lookAndSave(api, draft) {
  const list = h('div', {});
  const draw = () => {
    const { changed, needs, recipients } = draft.said;
    list.replaceChildren(newRecipients(recipients, draft.document.avatars), changes(changed),
      needs.length ? h('p', { class: 'notice-line', text: `It ${needs.map((n) => NEEDS[n] ?? n).join(', ')}, so it waits under History until a second admin confirms it.` })
        : h('p', { class: 'hint', text: 'It counts for conversations that begin from now on; what narrows counts at once in every live one. It can be undone.' }));
  };
  draw();
  let change = /** @type {any} */ (null);
  await askDialog({
    title: 'Save these changes?', yes: 'Save', no: 'Go on changing', body: [list],
    check: async () => {
      try {
        change = await api.save(draft.document);
        return '';
      } catch (why) {
        if (why instanceof Refused && why.current > 0) {
          draft.rebase((await api.tenant()).document);
          await draft.check();
          draw();
          return `Somebody else saved version ${why.current} meanwhile. Yours is kept, and above is what saving it changes now. Look again.`;
        }
        await draft.check();
        return [/** @type {any} */ (why).message, ...(/** @type {any} */ (why).problems ?? []).map((/** @type {any} */ p) => `${p.key}: ${p.text}`)].join(' ');
      }
    },
  });
  return change;
}
