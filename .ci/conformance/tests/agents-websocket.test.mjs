// The published `@openai/agents-realtime` package over WebSocket.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { RealtimeAgent, RealtimeSession, OpenAIRealtimeWebSocket } from '@openai/agents-realtime';
import { brief, gateway, model, until } from '../gateway.mjs';
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
  verdict('agents-realtime, WebSocket');
});

async function connect({ modalities = ['text'], to = g, config = {} } = {}) {
  const agent = new RealtimeAgent({ name: 'Lumen', instructions: 'Be brief.' });
  const transport = new OpenAIRealtimeWebSocket({ useInsecureApiKey: true });
  const session = new RealtimeSession(agent, { transport, config: { outputModalities: modalities, ...config } });
  const events = [];
  const errors = [];
  const heard = { bytes: 0, interrupted: 0 };
  session.on('transport_event', (e) => { if (e.type.includes('.') || e.type === 'error') { events.push(e); } });
  transport.on('*', (e) => { if (e.event_id) golden(e); });
  session.on('error', (e) => errors.push(e));
  session.on('audio', (e) => { heard.bytes += e.data.byteLength; });
  session.on('audio_interrupted', () => { heard.interrupted++; });
  await session.connect({ apiKey: to.key, url: `${to.ws}/v1/realtime?model=lumen` });
  const nth = (type, n = 1) => until(() => events.filter((e) => e.type === type)[n - 1], `${type} ${n}, of ${events.map((e) => e.type)}`);
  return { session, transport, events, errors, heard, nth };
}

const texts = (session) => session.history.filter((i) => i.type === 'message').map((i) => [i.role, i.content.map((c) => c.text ?? c.transcript ?? '').join('')]);

test('a text turn, in its history', async () => {
  const { session, nth, errors } = await connect();
  session.sendMessage('Hello');
  await nth('response.done', 2);
  await until(() => texts(session).length === 3, 'three items in the history');
  assert.deepEqual(texts(session).map(([role]) => role).sort(), ['assistant', 'assistant', 'user']);
  assert.ok(texts(session).some(([, t]) => t.startsWith('Hello from the model.')), JSON.stringify(texts(session)));
  assert.deepEqual(errors, []);
  session.close();
});

test('an audio turn, heard and written', async () => {
  const { session, nth, heard, errors } = await connect({ modalities: ['audio'] });
  session.sendMessage('Hello');
  await nth('response.done', 2);
  assert.ok(heard.bytes > 48000, `${heard.bytes} bytes`);
  await until(() => texts(session).some(([, t]) => t.startsWith('Hello from the model.')), 'the transcript');
  assert.deepEqual(errors, []);
  session.close();
});

test('an interruption, as its button does it', async () => {
  const { session, nth, heard, errors } = await connect({ modalities: ['audio'] });
  session.sendMessage('Hello');
  await nth('response.done', 1);
  const before = heard.bytes;
  await until(() => heard.bytes > before + 10000, 'sound of the answer');
  session.interrupt();
  const done = await nth('response.done', 2);
  assert.equal(done.response.status, 'cancelled');
  session.sendMessage('Again');
  assert.equal((await nth('response.done', 3)).response.status, 'completed');
  assert.deepEqual(errors, []);
  session.close();
});

test('a second response.create while one is under way recovers', async () => {
  const { session, transport, nth, errors } = await connect();
  session.sendMessage('Hello');
  // Past the client's own queue, as another part of an application would.
  transport.connectionState.websocket.send(JSON.stringify({ type: 'response.create', event_id: 'too-early' }));
  await until(() => errors.length > 0, 'an error');
  await nth('response.done', 2);
  session.sendMessage('Again');
  assert.equal((await nth('response.done', 3)).response.status, 'completed');
  session.close();
});

test('avatar settings pass through providerData', async () => {
  const { session, nth } = await connect({ config: { providerData: { avatar: { version: '1', acknowledges_disclosure: true } } } });
  const notice = await nth('avatar.disclosure.presented');
  assert.equal(notice.requires_ack, true);
  session.transport.sendEvent({ type: 'avatar.disclosure.acknowledge', disclosure_id: notice.disclosure_id });
  session.sendMessage('Hello');
  const done = await nth('response.done');
  assert.equal(done.response.status, 'completed');
  session.close();
});

test('an expiry is an error that the application sees, and an end', async () => {
  const short = await gateway({ config: brief });
  try {
    const { session, errors, nth } = await connect({ to: short });
    await nth('session.created');
    await until(() => errors.length, 'an error');
    assert.equal(errors[0].error?.error?.code ?? errors[0].error?.code, 'session_expired');
    session.close();
  } finally {
    await short.close();
  }
});

test('a spoken turn, and an answer that is spoken over', async () => {
  const ears = await transcriber('What do you keep?');
  const listening = await gateway({ env: { MAYFLY_BACKEND: m.url, MAYFLY_MODEL: 'scripted' }, args: listens(ears) });
  try {
    const words = await sentence(listening, WebSocket);
    const { session, events, nth, errors, heard } = await connect({ modalities: ['audio'], to: listening });
    await nth('session.updated');
    assert.equal((await nth('session.updated')).session.audio.input.turn_detection.interrupt_response, true);
    session.sendAudio(new ArrayBuffer(960)); // the notice begins with sound, at the latest
    await nth('response.done', 1);
    await speak(words, (part) => session.sendAudio(part.buffer));
    await nth('conversation.item.input_audio_transcription.completed');
    await until(() => texts(session).some(([role, t]) => role === 'user' && t === 'What do you keep?'), 'what was said, in the history');
    const before = heard.bytes;
    await until(() => heard.bytes > before + 10000, 'sound of the answer');
    await speak(words, (part) => session.sendAudio(part.buffer));
    const done = await nth('response.done', 2);
    assert.equal(done.response.status, 'cancelled');
    assert.equal(done.response.status_details.reason, 'turn_detected');
    assert.ok(heard.interrupted > 0, 'the client stopped playing');
    await nth('response.done', 3);
    assert.equal(ears.heard.length, 2);
    assert.deepEqual(errors, [], events.map((e) => e.type).join(' '));
    session.close();
  } finally {
    await listening.close();
    await ears.close();
  }
});
