// The published `openai` package over WebRTC, with the SDP exchanged by its
// own `calls.create`: raw, and as a form with a session beside it.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { brief, gateway, model, secret, until } from '../gateway.mjs';
import { golden, verdict } from '../golden.mjs';
import { ear, leave, microphone } from '../wrtc.mjs';

const { default: OpenAI } = await import('openai');
const { OpenAIRealtimeWebRTC } = await import('openai/realtime/webrtc');

let g, m;
before(async () => {
  m = await model('Hello from the model. This is a second sentence. And a third one, to have something to stop.', 15);
  g = await gateway({ env: { MAYFLY_BACKEND: m.url, MAYFLY_MODEL: 'scripted' } });
});
after(async () => {
  await g?.close();
  await m?.close();
  leave();
  verdict('openai, WebRTC');
});

async function connect({ to = g, session, apiKey } = {}) {
  const client = new OpenAI({ apiKey: apiKey ?? to.key, baseURL: `${to.url}/v1`, maxRetries: 0 });
  const rt = new OpenAIRealtimeWebRTC();
  const events = [];
  const sink = { samples: 0 };
  rt.onEvent((e) => { golden(e); events.push(e); });
  const ended = new Promise((ok) => rt.onConnectionEvent((e) => { if (e.type === 'closed') ok(e.reason); }));
  for (const track of microphone().getTracks()) rt.peerConnection.addTrack(track);
  rt.peerConnection.addTransceiver('video', { direction: 'recvonly' });
  rt.peerConnection.addEventListener('track', ({ track }) => { if (track.kind === 'audio') ear(track, sink); });
  let call;
  await rt.connect({
    exchangeSdp: async (sdp, { signal }) => {
      const response = await client.realtime.calls.create({ sdp, ...(session && { session }) }, { signal });
      call = response.headers.get('location').split('/').pop();
      return response.text();
    },
  });
  const nth = (type, n = 1) => until(() => events.filter((e) => e.type === type)[n - 1], `${type} ${n}, of ${events.map((e) => e.type)}`);
  const close = () => { sink.audio?.stop(); rt.close(); };
  return { rt, client, events, nth, sink, close, ended, call: () => call };
}

const ask = (rt, text = 'Hello') => {
  rt.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] } });
  rt.send({ type: 'response.create' });
};

test('a text turn, with the session in the form', async () => {
  const { rt, nth, close, events } = await connect({ session: { type: 'realtime', output_modalities: ['text'] } });
  ask(rt);
  const done = await nth('response.done', 2);
  assert.equal(done.response.status, 'completed');
  assert.match(done.response.output[0].content[0].text, /^Hello from the model\./);
  assert.ok(!events.some((e) => e.type === 'error'));
  close();
});

test('an audio turn, with a client secret of its own making', async () => {
  const client = new OpenAI({ apiKey: g.key, baseURL: `${g.url}/v1` });
  const { value, expires_at: expires } = await client.realtime.clientSecrets.create({ expires_after: { anchor: 'created_at', seconds: 60 }, session: { type: 'realtime' } });
  assert.match(value, /^ek_/);
  assert.ok(Math.abs(expires - Date.now() / 1000 - 60) < 5);
  const { rt, nth, sink, close } = await connect({ apiKey: value });
  ask(rt);
  assert.equal((await nth('response.done', 2)).response.status, 'completed');
  assert.ok(sink.samples > 24000, `${sink.samples} samples heard`);
  close();
});

test('a cancel', async () => {
  const { rt, nth, sink, close } = await connect();
  await nth('session.created');
  ask(rt);
  await nth('response.done', 1);
  const before = sink.samples;
  await until(() => sink.samples > before + 9600, 'sound of the answer');
  rt.send({ type: 'response.cancel' });
  rt.send({ type: 'output_audio_buffer.clear' });
  assert.equal((await nth('response.done', 2)).response.status, 'cancelled');
  await nth('output_audio_buffer.cleared');
  close();
});

test('a refused response.create says which one it was', async () => {
  const { rt, nth, close } = await connect({ session: { type: 'realtime', output_modalities: ['text'] }, apiKey: await secret(g) });
  ask(rt);
  rt.send({ type: 'response.create', event_id: 'second' });
  assert.equal((await nth('error')).error.event_id, 'second');
  assert.equal((await nth('response.done', 2)).response.status, 'completed');
  close();
});

test('a hang-up ends the call', async () => {
  const { client, nth, ended, call, close } = await connect();
  await nth('session.created');
  await client.realtime.calls.hangup(call());
  assert.ok(['remote', 'failed'].includes(await ended));
  close();
});

test('an expiry is an error and an end', async () => {
  const short = await gateway({ config: brief });
  try {
    const { nth, ended, close } = await connect({ to: short });
    assert.equal((await nth('error')).error.code, 'session_expired');
    assert.ok(['remote', 'failed'].includes(await ended));
    close();
  } finally {
    await short.close();
  }
});
