// The published `openai` package over WebSocket, as its documentation uses it.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { brief, gateway, model, secret, until } from '../gateway.mjs';
import WebSocket from 'ws';
import { golden, verdict } from '../golden.mjs';
import { tap } from '../wire.mjs';
import { listens, sentence, speak, transcriber } from '../voice.mjs';

tap(WebSocket.prototype);

let g, m;
before(async () => {
  m = await model('Hello from the model. This is a second sentence. And a third one, to have something to stop.', 15);
  g = await gateway({ env: { MAYFLY_BACKEND: m.url, MAYFLY_MODEL: 'scripted' } });
});
after(async () => {
  await g?.close();
  await m?.close();
  verdict('openai, WebSocket');
});

/** Connects and remembers every event. The scheme is wss, which it insists on. */
async function connect(apiKey = g.key, to = g) {
  const client = new OpenAI({ apiKey, baseURL: `${to.tls}/v1` });
  const rt = new OpenAIRealtimeWS({ model: 'gpt-realtime', options: { ca: to.ca } }, client);
  const events = [];
  const errors = [];
  rt.on('event', (e) => { golden(e); events.push(e); });
  rt.on('error', (e) => errors.push(e));
  await new Promise((ok, no) => { rt.socket.on('open', ok); rt.socket.on('error', no); });
  const nth = (type, n = 1) => until(() => events.filter((e) => e.type === type)[n - 1], `${type} ${n}, of ${events.map((e) => e.type)}`);
  const closed = new Promise((ok) => rt.socket.once('close', (code, reason) => ok({ code, reason: String(reason) })));
  return { rt, events, errors, nth, closed };
}

const say = (rt, text) => rt.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] } });

test('a text turn, after the notice', async () => {
  const { rt, nth, errors } = await connect();
  await nth('session.created');
  rt.send({ type: 'session.update', session: { type: 'realtime', output_modalities: ['text'] } });
  await nth('session.updated');
  say(rt, 'Hello');
  rt.send({ type: 'response.create' });
  assert.equal((await nth('response.done', 1)).response.metadata.mayfly, 'disclosure');
  const done = await nth('response.done', 2);
  assert.deepEqual(m.asked[0].messages.slice(1), [{ role: 'user', content: 'Hello' }], 'what was said before the notice is what is answered');
  assert.equal(done.response.status, 'completed');
  assert.match(done.response.output[0].content[0].text, /^Hello from the model\. This is a second sentence\./);
  assert.equal(errors.length, 0);
  rt.close();
});

test('an audio turn, with a client secret', async () => {
  const { rt, nth, events, errors } = await connect(await secret(g));
  await nth('session.created');
  say(rt, 'Hello');
  rt.send({ type: 'response.create' });
  await nth('response.done', 1); // the notice, aloud
  await nth('response.output_audio.delta', 1);
  const done = await nth('response.done', 2);
  assert.equal(done.response.output[0].content[0].type, 'output_audio');
  const sound = events.filter((e) => e.type === 'response.output_audio.delta' && e.response_id === done.response.id);
  const bytes = sound.reduce((n, e) => n + Buffer.from(e.delta, 'base64').length, 0);
  assert.ok(bytes > 24000 * 2, `${bytes} bytes of sound`);
  assert.equal(errors.length, 0);
  rt.close();
}, { timeout: 60000 });

test('a cancel', async () => {
  const { rt, nth, errors } = await connect();
  rt.send({ type: 'session.update', session: { type: 'realtime', output_modalities: ['text'] } });
  say(rt, 'Hello');
  rt.send({ type: 'response.create' });
  await nth('response.output_text.delta', 2); // the notice is the first
  rt.send({ type: 'response.cancel' });
  const done = await nth('response.done', 2);
  assert.equal(done.response.status, 'cancelled');
  rt.send({ type: 'response.create' });
  assert.equal((await nth('response.done', 3)).response.status, 'completed');
  assert.equal(errors.length, 0);
  rt.close();
});

test('a refused response.create says which one it was', async () => {
  const { rt, nth, errors } = await connect();
  rt.send({ type: 'session.update', session: { type: 'realtime', output_modalities: ['text'] } });
  say(rt, 'Hello');
  rt.send({ type: 'response.create', event_id: 'first' });
  rt.send({ type: 'response.create', event_id: 'second' });
  await until(() => errors.length, 'an error');
  assert.equal(errors[0].error?.event_id ?? errors[0].event_id, 'second');
  assert.equal((await nth('response.done', 2)).response.status, 'completed');
  rt.close();
});

test('an expiry is announced, an error, and an end that is not retried', async () => {
  const short = await gateway({ config: brief, tls: true });
  try {
    const { rt, nth, errors, closed } = await connect(short.key, short);
    rt.send({ type: 'session.update', session: { type: 'realtime', output_modalities: ['text'] } });
    await nth('avatar.session.expiring');
    await until(() => errors.length, 'an error');
    assert.equal(errors[0].error?.code ?? errors[0].code, 'session_expired');
    assert.deepEqual(await closed, { code: 1000, reason: 'session_expired' });
  } finally {
    await short.close();
  }
});

test('spoken turns: detected, and push to talk', async () => {
  const ears = await transcriber('What do you keep?');
  const listening = await gateway({ env: { MAYFLY_BACKEND: m.url, MAYFLY_MODEL: 'scripted' }, args: listens(ears) });
  try {
    const words = await sentence(listening, WebSocket);
    const { rt, nth, events, errors } = await connect(listening.key, listening);
    await nth('session.created');
    const append = (part) => rt.send({ type: 'input_audio_buffer.append', audio: Buffer.from(part.buffer).toString('base64') });
    rt.send({ type: 'session.update', session: { type: 'realtime', output_modalities: ['text'], audio: { input: { turn_detection: { type: 'server_vad', silence_duration_ms: 400 } } } } });
    await nth('response.done', 1);
    await speak(words, append);
    await nth('response.done', 2);
    const id = (await nth('input_audio_buffer.speech_started')).item_id;
    assert.equal((await nth('conversation.item.input_audio_transcription.completed')).item_id, id);
    assert.deepEqual(m.asked.at(-1).messages.at(-1), { role: 'user', content: 'What do you keep?' });
    rt.send({ type: 'session.update', session: { type: 'realtime', audio: { input: { turn_detection: null } } } });
    await nth('session.updated', 2);
    await speak(words, append, 0);
    rt.send({ type: 'input_audio_buffer.commit' });
    rt.send({ type: 'response.create' });
    assert.equal((await nth('response.done', 3)).response.status, 'completed');
    assert.equal(events.filter((e) => e.type === 'input_audio_buffer.committed').length, 2);
    assert.equal(ears.heard.length, 2);
    assert.equal(errors.length, 0);
    rt.close();
  } finally {
    await listening.close();
    await ears.close();
  }
});
