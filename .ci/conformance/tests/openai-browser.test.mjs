// The browser build of the published `openai` package: no headers of its own,
// so the token travels as a subprotocol.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { brief, gateway, model, secret } from '../gateway.mjs';
import { golden, verdict } from '../golden.mjs';
import { faults, toGateway } from '../wire.mjs';

let g, m;
before(async () => {
  m = await model('Hello from the model. This is a second sentence. And a third one, to have something to stop.', 15);
  g = await gateway({ env: { MAYFLY_BACKEND: m.url, MAYFLY_MODEL: 'scripted' } });
});
after(async () => {
  await g?.close();
  await m?.close();
  verdict('openai, WebSocket of a browser');
});

/** Plays a scene on a page of an origin, and says what happened in it. */
async function page(scene, { to = g, origin = new URL(to.tls).origin } = {}) {
  const { stdout } = await promisify(execFile)(process.execPath, [new URL('../page.mjs', import.meta.url).pathname, to.tls, await secret(to), scene, origin],
    { env: { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: to.caFile }, maxBuffer: 64 << 20 });
  const seen = JSON.parse(stdout);
  if (!seen.opened) return seen;
  for (const e of seen.events) golden(e);
  for (const e of seen.sent) {
    try { toGateway(e); } catch (fault) { faults.push(fault); }
  }
  assert.equal(seen.protocol, 'realtime', 'the key is never selected');
  return { ...seen, done: seen.events.filter((e) => e.type === 'response.done').map((e) => e.response) };
}

test('a text turn, after the notice', async () => {
  const { done, errors } = await page('text');
  assert.equal(done[0].metadata.mayfly, 'disclosure');
  assert.equal(done[1].status, 'completed');
  assert.match(done[1].output[0].content[0].text, /^Hello from the model\./);
  assert.deepEqual(errors, []);
});

test('an audio turn', async () => {
  const { done, events, errors } = await page('audio');
  const bytes = events.filter((e) => e.type === 'response.output_audio.delta' && e.response_id === done[1].id).reduce((n, e) => n + Buffer.from(e.delta, 'base64').length, 0);
  assert.ok(bytes > 48000, `${bytes} bytes of sound`);
  assert.deepEqual(errors, []);
});

test('a cancel', async () => {
  const { done, errors } = await page('cancel');
  assert.equal(done[1].status, 'cancelled');
  assert.deepEqual(errors, []);
});

test('a refused response.create says which one it was', async () => {
  const { done, errors } = await page('refused');
  assert.equal(errors[0].event_id, 'second');
  assert.equal(done[1].status, 'completed');
});

test('a page of a foreign origin, and one without, are not let in', async () => {
  for (const origin of ['https://page.example.evil.example', 'null', '']) assert.equal((await page('text', { origin })).opened, false, origin);
});

test('an expiry is an error and an end', async () => {
  const short = await gateway({ config: brief, tls: true });
  try {
    const { errors, end } = await page('expiry', { to: short, origin: 'https://page.example' });
    assert.equal(errors[0].code, 'session_expired');
    assert.deepEqual(end, { code: 1000, reason: 'session_expired' });
  } finally {
    await short.close();
  }
});
