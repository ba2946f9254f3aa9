// What is around the avatars: the pages that show them, the servers that may be sent words, and whoever is told what happens.
import { statedShort, termsPolicy } from './terms.js';
import { hostOf } from './backend.js';
import { part } from './avatar.js';
import { desk } from './desk.js';
import { Fields } from './fields.js';
import { receiver } from './receiver.js';
import { readOnly } from './policy.js';
import { empty, h, head, table } from './parts.js';

/**
 * @param {import('./main.js').View} view
 * @returns {Promise<Node>}
 */
export async function around(view) {
  const fields = new Fields(view);
  const fixed = view.tenant.editable === false;
  const hook = await view.api.get('webhook').catch(() => ({ offered: [], kinds: [] }));
  const stands = await view.api.get('desk').catch(() => ({ there: false }));
  return h('div', {}, head('Sites and servers', 'Where the avatars can be met, where words may go, and who is told what happens, and who takes over.'), fixed ? readOnly(view) : null,
    h('div', { class: `parts alone${fixed ? ' fixed' : ''}` },
      part('Where the avatars can be met',
        fields.tick(['public'], 'Anybody may start a conversation on the gateway’s own page, without a key', { hint: `It is at ${location.origin}/?tenant=${view.who.tenant.id}` }),
        fields.lines(['origins'], 'Pages that may call from a browser', { instead: 'https://…', hint: 'One on each line, exactly as a browser names it: https://, the host, no path.' }),
        fields.lines(['frames'], 'Pages that may show it in a frame', { instead: 'https://…', hint: 'None: no page may.' })),
      part('Where words may go',
        recipients(view),
        fields.lines(['policy', 'allowed_backends'], 'Only these servers may be sent words', { instead: 'any server that an avatar names', hint: 'Hosts, one on each line. An avatar whose server is not among them cannot be saved.' }),
        fields.lines(['policy', 'regions'], 'Only in these regions', { instead: 'any', hint: 'As the servers are declared: eu, us. A server whose region nobody declared is in none.' }),
        ...termsPolicy(fields)),
      desk(view, fields, stands),
      receiver(view, fields, hook),
      part('Signing in', h('p', { class: 'wide' }, 'Keys and one-time links are under ', h('a', { href: '#/keys', text: 'Keys' }), '. People of your organisation can sign in by its own provider; whom it lets in stands under Keys, and is written by whoever runs the gateway, under ', h('code', { text: 'oidc' }), ', since it decides across organisations. ', h('a', { href: '/docs/operate#openid-connect', target: '_blank', rel: 'noopener', text: 'How' })))));
}

/**
 * Everything that is sent words as it stands, saved or not.
 * @param {import('./main.js').View} view
 */
function recipients(view) {
  const box = h('div', { class: 'wide' });
  const draw = () => {
    const rows = view.draft.document.avatars.flatMap((/** @type {any} */ a) => /** @type {[string, string][]} */ ([['backend', 'what people write'], ['speech', 'what it says'], ['transcriber', 'people’s voice']])
      .filter(([kind]) => a[kind]).flatMap(([kind, what]) => [a[kind], ...(a[kind].fallback ?? [])].map((s, i) => [h('a', { href: `#/avatar/${encodeURIComponent(a.id)}`, text: a.name }), i ? `${what}, if the first does not answer` : what, s.name ?? hostOf(s.url), h('code', { text: hostOf(s.url) }), s.region ?? 'not declared', statedShort(s)]))
      .concat((a.tools ?? []).map((/** @type {any} */ t) => [h('a', { href: `#/avatar/${encodeURIComponent(a.id)}`, text: a.name }), `what it is called with: ${t.name}`, t.provider ?? hostOf(t.url), h('code', { text: hostOf(t.url) }), t.region ?? 'not declared', statedShort(t)])));
    box.replaceChildren(rows.length ? table('Servers that are sent something', ['Avatar', 'Sent', 'To', 'Host', 'Region', 'States'], rows)
      : empty('Nothing leaves the gateway', 'Every avatar answers and speaks by itself. A server that one is given appears here.'));
  };
  draw();
  view.draft.watch(draw, view.signal);
  return box;
}
