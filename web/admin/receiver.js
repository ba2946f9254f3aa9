// A server of the organisation that is told what happens, without a word that was said.
import { part } from './avatar.js';
import { ago, button, count, h, refused, tell } from './parts.js';

/** What facts are about, by the words in their names. @type {[string, RegExp][]} */
export const ABOUT = [['Conversations', /^(session|notice|engine|human|hand|spoke|off_the)/], ['Consent and recording', /consent|record|opt|turn_kept|transcript_(?!read|listed)|withheld|report/], ['Who looked or changed', /tenant|key|signed|hold|request|read|listed|admin|disclosure|export|import/]];

/**
 * @param {import('./main.js').View} view
 * @param {import('./fields.js').Fields} fields
 * @param {any} hook how it stands
 */
export function receiver(view, fields, hook) {
  const fixed = view.tenant.editable === false;
  const box = h('div', { class: 'fields wide' });
  const draw = () => {
    const there = view.draft.get(['webhook']);
    if (!there) {
      box.replaceChildren(h('p', { class: 'wide', text: 'Nobody is told. A receiver gets facts as they happen: which session, which kind, when. Never a word, never a name.' }),
        fixed ? '' : h('div', { class: 'row wide' }, button('Add a receiver', () => { view.draft.set(['webhook'], { kinds: ['session_ended'] }); draw(); box.querySelector('input')?.focus(); })));
      return;
    }
    box.replaceChildren(fields.group(['webhook']),
      fields.text(['webhook', 'url'], 'Address', { type: 'url', code: true, wide: true, instead: 'https://…', hint: 'It gets a POST with a list of facts. Nothing is sent to a private address, and no redirect is followed.' }),
      h('p', { class: 'hint wide' }, 'No secret is shared: each delivery is signed (', h('code', { text: 'Mayfly-Signature' }), ') with the gateway’s key, which is at ', h('a', { href: '/.well-known/mayfly-receipt-keys.json', target: '_blank', rel: 'noopener', text: '/.well-known/mayfly-receipt-keys.json' }), '.'),
      ...kinds(fields, hook.offered ?? []),
      hook.there ? state(view, hook) : h('p', { class: 'hint wide', text: 'Once it is saved, a delivery can be tried here.' }),
      fixed ? '' : h('div', { class: 'row wide' }, button('Take the receiver away', () => { view.draft.set(['webhook'], undefined); draw(); box.querySelector('button')?.focus(); }, { class: 'bare' })));
  };
  draw();
  return part('Who is told what happens', box);
}

/**
 * @param {import('./fields.js').Fields} fields
 * @param {string[]} offered
 */
function kinds(fields, offered) {
  const rest = new Set(offered);
  const groups = /** @type {[string, string[]][]} */ ([]);
  for (const [name, pattern] of ABOUT) {
    const mine = [...rest].filter((k) => pattern.test(k));
    mine.forEach((k) => rest.delete(k));
    groups.push([name, mine]);
  }
  groups.push(['Else', [...rest]]);
  return groups.filter(([, all]) => all.length).map(([name, all]) => h('details', { class: 'wide', open: name === 'Conversations' }, h('summary', { text: name }),
    fields.ticks(['webhook', 'kinds'], `Told of: ${name.toLowerCase()}`, all.map((k) => [k, k.replaceAll('_', ' ')]))));
}

/**
 * @param {import('./main.js').View} view
 * @param {any} hook
 */
function state(view, hook) {
  const said = h('p', { class: 'reached', 'aria-live': 'polite' });
  const test = async () => {
    said.textContent = 'Sending…';
    said.className = 'reached hint';
    try {
      const got = await view.api.call('POST', 'webhook/test');
      said.className = `reached ${got.ok ? 'right' : 'wrong'}`;
      said.textContent = got.text;
      tell(got.text);
    } catch (why) {
      said.className = 'reached wrong';
      said.textContent = refused(why);
    }
  };
  const how = hook.failing_since ? ['It takes nothing since ', ago(hook.failing_since), `. ${count(hook.waiting, 'fact')} at most wait.`, ...(hook.next_at ? [' Tried again ', ago(hook.next_at), '.'] : []), ' After a day what waits is given up.']
    : [hook.waiting ? `${count(hook.waiting, 'fact')} at most are on their way.` : 'It was told everything that has happened.'];
  return h('div', { class: 'wide hook-state' }, h('p', { class: hook.failing_since ? 'wrong' : '' }, ...how),
    h('div', { class: 'row' }, button('Try a delivery', test), h('span', { class: 'hint', text: 'An empty list goes to the address in force, signed like every delivery.' })), said);
}
