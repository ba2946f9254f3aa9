// The published `@openai/agents-realtime` package over WebRTC, with libwebrtc
// in place of a browser's, and with a video line that nobody enabled.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import WebSocket from 'ws';
import { ear, leave, microphone, spoken } from '../wrtc.mjs';
import { listens, sentence, speak, transcriber } from '../voice.mjs';
import { brief, gateway, model, secret, until } from '../gateway.mjs';
import { golden, verdict } from '../golden.mjs';

const { RealtimeAgent, RealtimeSession, OpenAIRealtimeWebRTC } = await import('@openai/agents-realtime');

let g, m;
before(async () => {
  m = await model('Hello from the model. This is a second sentence. And a third one, to have something to stop.', 15);
  g = await gateway({ env: { MAYFLY_BACKEND: m.url, MAYFLY_MODEL: 'scripted' } });
});
after(async () => {
  await g?.close();
  await m?.close();
  leave();
  verdict('agents-realtime, WebRTC');
});

// libwebrtc rewrites what it was given, so the answer is read on its way.
const sent = { answer: '' };
const fetched = globalThis.fetch;
globalThis.fetch = async (...args) => {
  const response = await fetched(...args);
  if (String(args[0]).endsWith('/calls')) sent.answer = await response.clone().text();
  return response;
};

async function connect({ to = g, options = {}, stream = microphone() } = {}) {
  const sink = { samples: 0 };
  const transport = new OpenAIRealtimeWebRTC({
    baseUrl: `${to.url}/v1/realtime/calls`,
    mediaStream: stream,
    audioElement: {},
    changePeerConnection: (pc) => {
      pc.addTransceiver('video', { direction: 'recvonly' });
      pc.addEventListener('track', ({ track }) => {
        if (track.kind === 'audio') ear(track, sink);
      });
      return pc;
    },
  });
  const session = new RealtimeSession(new RealtimeAgent({ name: 'Lumen' }), { transport, ...options });
  const events = [];
  const errors = [];
  session.on('transport_event', (e) => events.push(e));
  transport.on('*', (e) => { if (e.event_id) golden(e); });
  session.on('error', (e) => errors.push(e));
  const started = Date.now();
  await session.connect({ apiKey: await secret(to) });
  const took = Date.now() - started;
  const nth = (type, n = 1) => until(() => events.filter((e) => e.type === type)[n - 1], `${type} ${n}, of ${events.map((e) => e.type)}`);
  return { session, transport, events, errors, nth, sink, took };
}

test('a turn is heard, with a video line that is answered inactive', async () => {
  const { session, events, errors, nth, sink, took } = await connect();
  assert.ok(took < 5000, `connected in ${took} ms: session.updated came`);
  session.sendMessage('Hello');
  await nth('response.done', 2);
  assert.ok(sink.samples > 24000, `${sink.samples} samples heard`);
  assert.equal(events.filter((e) => e.type === 'response.output_audio.delta').length, 0, 'sound travels as sound');
  const { answer } = sent;
  assert.match(answer, /^a=ai-generated\r?$/m);
  const video = answer.split(/^m=/m).find((s) => s.startsWith('video'));
  assert.match(video, /a=inactive/);
  assert.deepEqual(errors, []);
  sink.audio.stop();
  session.close();
});

test('an interruption ends the sound', async () => {
  const { session, errors, nth, sink } = await connect();
  await nth('response.done', 1);
  session.sendMessage('Hello');
  const before = sink.samples;
  await until(() => sink.samples > before + 9600, 'sound of the answer');
  session.interrupt();
  const done = await nth('response.done', 2);
  assert.equal(done.response.status, 'cancelled');
  await nth('output_audio_buffer.cleared');
  await nth('conversation.item.truncated');
  assert.deepEqual(errors, []);
  sink.audio.stop();
  session.close();
});

test('a second response.create while one is under way recovers', async () => {
  const { session, transport, errors, nth, sink } = await connect({ options: { config: { outputModalities: ['text'] } } });
  session.sendMessage('Hello');
  transport.connectionState.dataChannel.send(JSON.stringify({ type: 'response.create', event_id: 'too-early' }));
  await until(() => errors.length > 0, 'an error');
  assert.equal(errors[0].error?.error?.event_id ?? errors[0].error?.event_id, 'too-early');
  await nth('response.done', 2);
  session.sendMessage('Again');
  assert.equal((await nth('response.done', 3)).response.status, 'completed');
  assert.equal(sink.samples, 0, 'in writing there is no sound');
  sink.audio?.stop();
  session.close();
});

test('an expiry is an error that the application sees', async () => {
  const short = await gateway({ config: brief });
  try {
    const { session, errors, sink } = await connect({ to: short });
    await until(() => errors.length, 'an error');
    assert.equal(errors[0].error?.error?.code ?? errors[0].error?.code, 'session_expired');
    sink.audio?.stop();
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
    const mouth = spoken();
    const { session, errors, nth, sink } = await connect({ to: listening, stream: mouth.stream });
    await nth('response.done', 1);
    await speak(words, mouth.say);
    await nth('conversation.item.input_audio_transcription.completed');
    const before = sink.samples;
    await until(() => sink.samples > before + 9600, 'sound of the answer');
    await speak(words, mouth.say);
    const done = await nth('response.done', 2);
    assert.equal(done.response.status, 'cancelled');
    assert.equal(done.response.status_details.reason, 'turn_detected');
    await nth('output_audio_buffer.cleared');
    await nth('conversation.item.truncated');
    await nth('response.done', 3);
    assert.deepEqual(m.asked.at(-1).messages.at(-1), { role: 'user', content: 'What do you keep?' });
    assert.deepEqual(errors, []);
    sink.audio.stop();
    session.close();
  } finally {
    await listening.close();
    await ears.close();
  }
});
