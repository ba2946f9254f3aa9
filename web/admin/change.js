// A change that needs something said first: a box with fields, saved from within, so that a mistake stands at its field.
import { Declined, Refused } from './api.js';
import { askDialog, refused } from './parts.js';

/**
 * @param {import('./main.js').View} view
 * @param {{title: string, yes: string, no?: string, danger?: boolean, body: (Node|string)[], check?: (form: HTMLFormElement) => string,
 *   patch: (form: HTMLFormElement) => any, keys?: Record<string, HTMLElement>}} is `patch` is a merge patch of the document;
 *   `keys` says which control has which key of it
 * @returns {Promise<boolean>} whether something was changed
 */
export async function askChange(view, { title, yes, no, danger, body, check, patch, keys = {} }) {
  let change = /** @type {any} */ (null);
  const done = await askDialog({
    title, yes, no, danger, body,
    check: async (form) => {
      for (const control of Object.values(keys)) say(control, '');
      const bad = check?.(form) ?? '';
      if (bad) return bad;
      try {
        change = await view.api.change(patch(form));
        return '';
      } catch (why) {
        if (why instanceof Declined) return 'Nothing was saved.';
        if (why instanceof Refused && why.current > 0) {
          await view.api.tenant();
          return 'Somebody else saved another version meanwhile. Press again to make this change on top of it.';
        }
        const problems = /** @type {{key: string, text: string}[]} */ (/** @type {any} */ (why).problems ?? []);
        const elsewhere = problems.filter((p) => {
          const key = Object.keys(keys).filter((k) => p.key === k || p.key.startsWith(`${k}.`) || p.key.startsWith(`${k}[`)).sort((a, b) => b.length - a.length)[0];
          if (key) say(keys[key], p.text);
          return !key;
        });
        /** @type {HTMLElement|null} */ (form.querySelector('[aria-invalid="true"]'))?.focus();
        return problems.length && elsewhere.length === 0 ? 'Not saved: put right what is marked.' : refused({ message: /** @type {any} */ (why).message, problems: elsewhere });
      }
    },
  });
  if (!done || !change) return false;
  await view.tell(Promise.resolve(change));
  return true;
}

/**
 * Says what is wrong with a control, right after it.
 * @param {HTMLElement} control
 * @param {string} text
 */
function say(control, text) {
  let wrong = /** @type {HTMLElement|null} */ (control.parentElement?.querySelector('.mistake') ?? null);
  if (!wrong && !text) return;
  if (!wrong) {
    wrong = document.createElement('p');
    wrong.className = 'mistake';
    wrong.id = `${control.id || 'w'}-wrong`;
    control.after(wrong);
  }
  wrong.textContent = text;
  wrong.hidden = text === '';
  const others = (control.getAttribute('aria-describedby') ?? '').split(' ').filter((id) => id && id !== wrong.id);
  control.setAttribute('aria-describedby', [...others, ...(text ? [wrong.id] : [])].join(' '));
  if (text) control.setAttribute('aria-invalid', 'true');
  else control.removeAttribute('aria-invalid');
}
