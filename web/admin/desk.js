// The desk at which people of the organisation take over: when it is open, who is there, and a link for another.
import { part } from './avatar.js';
import { button, count, h, refused } from './parts.js';

/**
 * @param {import('./main.js').View} view
 * @param {import('./fields.js').Fields} fields
 * @param {any} desk how it stands
 */
export function desk(view, fields, desk) {
  const fixed = view.tenant.editable === false;
  const box = h('div', { class: 'fields wide' });
  const draw = () => {
    if (!view.draft.get(['handoff'])) {
      box.replaceChildren(h('p', { class: 'wide', text: 'Nobody takes over. Who asks for a human reads how to reach you. With a desk, your people answer at /agent, once the person agrees.' }),
        fixed ? '' : h('div', { class: 'row wide' }, button('Open a desk', () => { view.draft.set(['handoff'], {}); draw(); box.querySelector('input')?.focus(); })));
      return;
    }
    box.replaceChildren(fields.group(['handoff']),
      fields.text(['handoff', 'name'], 'What people are told who answers', { instead: 'the organisation’s name', hint: 'As “Student office”. An agent’s own name is put before it.' }),
      fields.lines(['handoff', 'hours'], 'Opening hours', { instead: 'whenever somebody is there', hint: 'One on each line: mon-fri 09:00-17:00. What goes over midnight is two lines.' }),
      fields.text(['handoff', 'time_zone'], 'Time zone of the hours', { code: true, instead: 'UTC', hint: 'As Europe/Berlin.' }),
      fields.text(['handoff', 'closed'], 'What people are told outside them', { wide: true, instead: 'that nobody is there now, and when somebody is' }),
      desk.there ? state(view, desk) : h('p', { class: 'hint wide', text: 'Once it is saved, a link for an agent can be made here.' }),
      fixed ? '' : h('div', { class: 'row wide' }, button('Close the desk for good', () => { view.draft.set(['handoff'], undefined); draw(); box.querySelector('button')?.focus(); }, { class: 'bare' })));
  };
  draw();
  return part('A human who takes over', box);
}

/**
 * @param {import('./main.js').View} view
 * @param {any} desk
 */
function state(view, desk) {
  const said = h('div', { class: 'wide', 'aria-live': 'polite' });
  const name = h('input', { maxlength: '40', placeholder: 'Maya', 'aria-label': 'Name of the agent', autocomplete: 'off' });
  const make = async () => {
    try {
      const { link } = await view.api.call('POST', 'desk/links', { name: name.value.trim() });
      said.replaceChildren(h('p', { class: 'hint', text: 'It works once, within 15 minutes. Nobody can show it again.' }), h('p', { class: 'command' }, h('code', { text: link })));
      name.value = '';
    } catch (why) {
      said.replaceChildren(h('p', { class: 'wrong', text: refused(why) }));
    }
  };
  return h('div', { class: 'wide' },
    h('p', { class: 'hint', text: `${desk.open ? 'Open now' : 'Closed now'}. ${count(desk.agents, 'agent')} there, ${desk.available} available; ${count(desk.waiting, 'person', 'people')} waiting, ${count(desk.talks, 'talk')} under way.` }),
    h('div', { class: 'row' }, name, button('Make a link for an agent', make)), said);
}
