// What an avatar can look up or do at servers of the organisation's: each tool, what it is called with, and what is wrong with it.
import { hostOf } from './backend.js';
import { button, h, refused, tell } from './parts.js';

/** How many an avatar may have. */
const MOST = 16;

/**
 * @param {import('./main.js').View} view
 * @param {string} id of the avatar
 * @returns {Node[]}
 */
export function toolFields(view, id) {
  const path = ['avatars', id, 'tools'];
  const fixed = view.tenant.editable === false;
  const list = h('div', { class: 'wide toollist' });
  const more = button('Add a tool', () => {
    change((all) => all.push({ name: '', description: '', url: '' }));
    draw();
    /** @type {HTMLElement|null} */ (list.querySelector('fieldset:last-of-type input'))?.focus();
  });
  more.disabled = fixed;
  /** @type {HTMLElement[]} */
  let wrong = [];

  const tools = () => /** @type {any[]} */ (view.draft.get(path) ?? []);
  /** @param {(all: any[]) => void} by */
  const change = (by) => {
    const all = structuredClone(tools());
    by(all);
    view.draft.set(path, all.length ? all : undefined);
  };
  const all = h('p', { class: 'mistake wide', role: 'status', hidden: true });
  /** @param {HTMLElement} p @param {string} text */
  const write = (p, text) => {
    if (p.textContent !== text) p.textContent = text;
    p.hidden = text === '';
  };
  const say = () => {
    const list = `${view.draft.key(['avatars', id])}.tools`;
    const said = view.draft.says(path) ? view.draft.said.problems : [];
    write(all, said.filter((x) => x.key === list).map((x) => x.text).join('\n'));
    wrong.forEach((p, i) => {
      const key = `${list}[${i}]`;
      write(p, said.filter((x) => x.key === key || x.key.startsWith(`${key}.`)).map((x) => `${x.key.slice(key.length + 1) || 'tool'}: ${x.text}`).join('\n'));
    });
  };
  view.draft.watch(say, view.signal);

  /** One tool. @param {any} tool @param {number} i */
  const row = (tool, i) => {
    const set = (/** @type {string} */ key, /** @type {any} */ value) => change((all) => { if (value === undefined) delete all[i][key]; else all[i][key] = value; });
    /** @param {string} key @param {string} label @param {{hint?: string, rows?: number, most?: number, code?: boolean, wide?: boolean, instead?: string}} is */
    const text = (key, label, { hint, rows = 0, most, code = false, wide = false, instead } = {}) => {
      const own = { id: `tool-${i}-${key}`, value: tool[key] ?? '', maxlength: most, placeholder: instead, disabled: fixed, autocomplete: 'off', spellcheck: code ? 'false' : undefined, class: code ? 'code' : undefined, 'data-keep': `tool-${i}-${key}`, 'aria-describedby': hint ? `tool-${i}-${key}-hint` : undefined };
      const control = rows ? h('textarea', { ...own, rows }) : h('input', own);
      control.addEventListener('input', () => set(key, control.value.trim() || undefined));
      control.addEventListener('blur', () => { if (view.draft.dirty) view.draft.touch(path); });
      return h('div', { class: `field${wide ? ' wide' : ''}` }, h('label', { for: own.id, text: label }), control, hint ? h('p', { class: 'hint', id: `${own.id}-hint`, text: hint }) : null);
    };
    const odd = h('p', { class: 'mistake', hidden: true, text: 'This is not JSON.' });
    const parameters = h('textarea', { id: `tool-${i}-parameters`, rows: 6, class: 'code', spellcheck: 'false', disabled: fixed, value: tool.parameters ? JSON.stringify(tool.parameters, null, 2) : '', 'data-keep': `tool-${i}-parameters`, placeholder: '{\n  "type": "object",\n  "properties": {"day": {"type": "string"}},\n  "required": ["day"]\n}' });
    parameters.addEventListener('input', () => {
      let value;
      try {
        value = parameters.value.trim() ? JSON.parse(parameters.value) : undefined;
        odd.hidden = true;
      } catch {
        odd.hidden = false;
        return;
      }
      set('parameters', value);
    });
    parameters.addEventListener('blur', () => { if (view.draft.dirty) view.draft.touch(path); });
    const decides = h('input', { type: 'checkbox', checked: tool.significant_effect === true, disabled: fixed, on: { change: () => { set('significant_effect', decides.checked || undefined); view.draft.touch(path); } } });
    const p = h('p', { class: 'mistake wide', role: 'status', hidden: true });
    wrong.push(p);
    const away = button('Remove', () => { change((all) => all.splice(i, 1)); draw(); }, { label: `Remove the tool ${tool.name || i + 1}` });
    away.disabled = fixed;
    const given = h('div', { class: 'wide reached', 'aria-live': 'polite' });
    const sample = h('textarea', { id: `tool-${i}-sample`, rows: 2, class: 'code', spellcheck: 'false', placeholder: '{}', 'data-keep': `tool-${i}-sample` });
    const attempt = async () => {
      let args;
      try {
        args = JSON.parse(sample.value.trim() || '{}');
      } catch {
        given.replaceChildren(h('p', { class: 'wrong', text: 'What it is called with is not JSON.' }));
        return;
      }
      given.replaceChildren(h('p', { class: 'hint', text: 'Calling…' }));
      try {
        const got = await view.api.call('POST', 'avatars/tool', { avatar: id, tool: tools()[i].name, arguments: args, ...(view.draft.dirty ? { document: view.draft.document } : {}) });
        if (got.problems.length) {
          given.replaceChildren(h('p', { class: 'wrong', text: 'Nothing was called: put right first what is wrong.' }));
          view.draft.tried = true;
          await view.draft.check();
        } else {
          const well = got.outcome === 'done';
          given.replaceChildren(h('p', { class: well ? 'right' : 'wrong', text: `${well ? 'It answered' : `It did not answer (${got.outcome})`} after ${got.took_ms} ms. The model would be given:` }), h('pre', { class: 'code', tabindex: '0', text: got.result }));
        }
        tell(given.textContent ?? '');
      } catch (why) {
        given.replaceChildren(h('p', { class: 'wrong', text: refused(why) }));
      }
    };
    return h('fieldset', { class: 'fields wide server' }, h('legend', { text: tool.name || 'A new tool' }),
      text('name', 'Name', { most: 64, code: true, instead: 'opening_hours', hint: 'The model calls it by this.' }),
      text('provider', 'Who runs it', { most: 100, instead: hostOf(tool.url) || 'its host', hint: 'People are told, before and while it is called.' }),
      text('description', 'What it is for', { rows: 2, most: 1000, wide: true, hint: 'The model reads it, and decides by it when to call.' }),
      text('url', 'Address', { code: true, wide: true, instead: 'https://…', hint: 'It is sent the arguments, with POST, once, and nothing else. Never an address of this gateway.' }),
      h('div', { class: 'field wide' }, h('label', { for: parameters.id, text: 'What it is called with (JSON Schema)' }), parameters, odd, h('p', { class: 'hint', text: 'Members that are not named here are never sent. Empty: it takes nothing.' })),
      text('region', 'Region, as declared', { most: 32, instead: 'not declared' }),
      text('timeout', 'It may take', { most: 8, code: true, instead: '10s' }),
      h('div', { class: 'field wide' }, h('label', { class: 'tick' }, decides, h('span', { text: 'What it does is a decision about the person, with legal or like effects' })), h('p', { class: 'hint', text: 'That takes a page that explains how it is decided, and a way to a human, under Policy.' })),
      p, h('details', { class: 'wide' }, h('summary', { text: 'Try it' }), h('label', { for: sample.id, text: 'Called with' }), sample,
        h('div', { class: 'row wide' }, button('Call it now', attempt, { label: `Call it now: ${tool.name || 'the tool'}` }), h('span', { class: 'hint', text: 'It is really called, once. Also before it is saved.' })), given),
      h('div', { class: 'row wide' }, away));
  };

  const draw = () => {
    wrong = [];
    const all = tools();
    list.replaceChildren(...all.map(row));
    more.hidden = all.length >= MOST;
    say();
  };
  draw();
  return [h('p', { class: 'hint wide', text: 'The gateway calls them while it answers, says to the person that something is looked up and where, and treats what comes back as material, never as an instruction. It takes a model server.' }), all, list, h('div', { class: 'row wide' }, more)];
}
