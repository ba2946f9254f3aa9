// Documents that are given to an avatar to answer from: dropped or chosen, each stored at once, replaced and removed.
import { ago, askDialog, button, copyCommand, count, h, noteRefused, refused, shell, table, tell } from './parts.js';

/** What is taken, by its name. What is in it is looked at by the gateway. */
const TAKEN = '.md,.markdown,.txt,.html,.htm,.xhtml,.pdf';

/**
 * @param {import('./main.js').View} view
 * @param {string} id of the avatar
 * @param {any} state what the gateway says of what the avatar answers from
 * @param {(state: any) => void} draw shows another state
 */
export function documentsPart(view, id, state, draw) {
  if (!state.editable) {
    return h('p', { class: 'hint' }, state.line ? `The tenant stands in line ${state.line} of the configuration file, and so do its documents: as ` : 'The tenant stands in the configuration file, and so do its documents: as ', h('code', { text: 'knowledge' }), ' of the avatar, a folder of that machine. Put them there; they are read as soon as they change.');
  }
  const wrong = h('div', { class: 'wrong', role: 'alert' });
  const busy = h('p', { class: 'hint' });
  const chooser = h('input', { type: 'file', multiple: true, accept: TAKEN, 'aria-label': 'Documents for the avatar', hidden: true });
  const choose = button('Add documents…', () => chooser.click());
  choose.dataset.keep = 'add-documents';
  const give = async (/** @type {File[]} */ files) => {
    const said = await giveAll(view, id, state, files, (text) => (busy.textContent = text));
    if (view.signal.aborted) return;
    busy.textContent = '';
    if (said.state) draw(said.state);
    // What is drawn anew has a list of its own.
    const shown = /** @type {HTMLElement} */ (document.querySelector('.documents .wrong') ?? wrong);
    shown.replaceChildren(...said.wrong.map((text) => h('p', { text })));
    if (said.given) tell(`${count(said.given, 'document')} stored.`);
  };
  chooser.addEventListener('change', () => {
    const files = [...(chooser.files ?? [])];
    chooser.value = '';
    give(files);
  });
  const zone = h('div', { class: 'documents' },
    h('div', { class: 'row' }, choose, chooser, copyCommand(() => view.command(`knowledge add --avatar ${shell(id)} FILE`)), h('span', { class: 'hint', text: 'or drop them here: Markdown, text and HTML up to 1 MiB, PDF up to 16 MiB.' })),
    busy, wrong,
    state.documents.length ? table('Documents', ['Document', 'Size', 'Given', ''], state.documents.map((/** @type {any} */ d) => [
      h('code', { text: d.name }), size(d.bytes), ago(d.at), button('Remove…', () => remove(view, id, d, draw), { label: `Remove ${d.name}` })])) : h('p', { class: 'hint', text: 'No document was given yet. Each is stored encrypted in the gateway’s own store, and is the tenant’s alone.' }));
  const over = (/** @type {DragEvent} */ e) => [...(e.dataTransfer?.types ?? [])].includes('Files');
  zone.addEventListener('dragover', (e) => {
    if (!over(e)) return;
    e.preventDefault();
    zone.toggleAttribute('data-drop', true);
  });
  zone.addEventListener('dragleave', (e) => { if (!zone.contains(/** @type {Node|null} */ (e.relatedTarget))) zone.removeAttribute('data-drop'); });
  zone.addEventListener('drop', (e) => {
    if (!over(e)) return;
    e.preventDefault();
    zone.removeAttribute('data-drop');
    give([...(e.dataTransfer?.files ?? [])]);
  });
  return zone;
}

/**
 * Stores files one after the other. One that is refused does not keep the others from it.
 * @param {import('./main.js').View} view
 * @param {string} id
 * @param {any} now
 * @param {File[]} files
 * @param {(text: string) => void} say
 * @returns {Promise<{state: any, given: number, wrong: string[]}>}
 */
async function giveAll(view, id, now, files, say) {
  const there = files.filter((f) => now.documents.some((/** @type {any} */ d) => d.name === f.name));
  let state = /** @type {any} */ (null), given = 0;
  /** @type {string[]} */
  const wrong = [];
  if (there.length && !(await askDialog({
    title: there.length === 1 ? `Replace ${there[0].name}?` : `Replace ${count(there.length, 'document')}?`, yes: 'Replace',
    body: [there.length === 1 ? '' : h('ul', { class: 'dots' }, ...there.map((f) => h('li', {}, h('code', { text: f.name })))), h('p', { text: 'The avatar answers from the new one from the next turn on. What is there now can be gone back to as a version until the gateway starts anew; it is not stored any more.' })],
  }))) return { state, given, wrong };
  for (const [i, file] of files.entries()) {
    if (view.signal.aborted) break;
    say(`Storing ${i + 1} of ${files.length}: ${file.name}`);
    try {
      const answer = await view.api.send('PUT', place(id, file.name), { file });
      state = await answer.json();
      given++;
    } catch (why) {
      wrong.push(`${file.name}: ${refused(why)}`);
    }
  }
  return { state, given, wrong };
}

/**
 * @param {import('./main.js').View} view
 * @param {string} id
 * @param {any} d
 * @param {(state: any) => void} draw
 */
async function remove(view, id, d, draw) {
  const yes = await askDialog({
    title: `Remove ${d.name}?`, yes: 'Remove it', danger: true,
    body: [h('p', { text: 'The avatar answers without it from the next turn on. The document and the key that it is stored with are destroyed at once. An earlier version that has it can be gone back to until the gateway starts anew.' })],
  });
  if (!yes) return;
  try {
    draw(await view.api.call('DELETE', place(id, d.name)));
    tell(`${d.name} is removed.`);
  } catch (why) {
    noteRefused(why);
  }
}

/** @param {string} id @param {string} name */
function place(id, name) { return `avatars/${encodeURIComponent(id)}/knowledge/documents/${encodeURIComponent(name)}`; }

/** @param {number} bytes */
function size(bytes) {
  return bytes < 1024 ? count(bytes, 'byte') : bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
