// Tools, with the published packages, unmodified: those that the application
// declares and really runs, over WebSocket and over WebRTC, and one of the
// organisation's that the gateway calls.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import OpenAI from 'openai';
import WebSocket from 'ws';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { z } from 'zod';
import { leave, microphone } from '../wrtc.mjs';
import { gateway, model, secret, until } from '../gateway.mjs';
import { golden, verdict } from '../golden.mjs';
import { tap } from '../wire.mjs';

const { RealtimeAgent, RealtimeSession, OpenAIRealtimeWebSocket, OpenAIRealtimeWebRTC, tool } = await import('@openai/agents-realtime');

tap(WebSocket.prototype);

/** A model that calls every tool that it is offered, once and at once, and then says what it was given. */
function caller({ messages, tools = [] }) {
  const since = messages.slice(messages.findLastIndex((m) => m.role === 'user') + 1);
  const given = since.filter((m) => m.role === 'tool').map((m) => m.content);
  if (given.length) return [`I was given: ${given.join(' and ')}. `, 'That is all.'].map((content) => ({ content }));
  if (!tools.length) return [{ content: 'I have no tools.' }];
  const pieces = [{ role: 'assistant', content: null }];
  tools.forEach(({ function: { name } }, index) => {
    pieces.push({ tool_calls: [{ index, id: `call_${index}`, type: 'function', function: { name, arguments: '' } }] });
    pieces.push({ tool_calls: [{ index, function: { arguments: '{"city":' } }] });
    pieces.push({ tool_calls: [{ index, function: { arguments: '"Vienna"}' } }] });
  });
  return pieces;
}

let g, m, timetable;
const looked = [];
before(async () => {
  m = await model(caller);
  timetable = createServer(async (req, res) => {
    const chunks = [];
    for await (const c of req) chunks.push(c);
    looked.push({ method: req.method, headers: req.headers, body: Buffer.concat(chunks).toString() });
    res.writeHead(200, { 'content-type': 'application/json' });
    res.end('{"next":"12:05"}');
  });
  await new Promise((ok) => timetable.listen(0, '127.0.0.1', ok));
  g = await gateway({
    tls: true,
    config: (hash) => `
tenants:
  - id: acme
    name: Acme
    keys:
      - hash: sha256:${hash}
    avatars:
      - id: lumen
        name: Lumen
        backend: {url: "${m.url}", model: scripted}
      - id: clerk
        name: Clerk
        backend: {url: "${m.url}", model: scripted}
        tools:
          - name: next_train
            description: When the next train leaves a city.
            url: http://127.0.0.1:${timetable.address().port}/next
            provider: Example Timetable
            parameters:
              type: object
              properties:
                city: {type: string, maxLength: 80}
              required: [city]
`,
  });
});
after(async () => {
  await g?.close();
  await m?.close();
  timetable?.closeAllConnections();
  timetable?.close();
  leave();
  verdict('tools');
});

/** Two tools that really run. */
function tools() {
  const ran = [];
  const of = (name, answer) => tool({
    name, description: `Says the ${name}.`, parameters: z.object({ city: z.string() }),
    execute: async ({ city }) => { ran.push([name, city]); return `${answer} in ${city}`; },
  });
  return { ran, tools: [of('weather', 'rain'), of('time', 'noon')] };
}

async function agent(transport, url, { apiKey = g.key, own = tools(), modalities = ['text'] } = {}) {
  const session = new RealtimeSession(new RealtimeAgent({ name: 'Lumen', tools: own.tools }), { transport, config: { outputModalities: modalities } });
  const events = [];
  const errors = [];
  const calls = [];
  session.on('transport_event', (e) => { if (e.type.includes('.') || e.type === 'error') events.push(e); });
  transport.on('*', (e) => { if (e.event_id) golden(e); });
  session.on('error', (e) => errors.push(e));
  session.on('agent_tool_end', (_context, _agent, t, result) => calls.push([t.name, result]));
  await session.connect({ apiKey, url });
  const nth = (type, n = 1) => until(() => events.filter((e) => e.type === type)[n - 1], `${type} ${n}, of ${events.map((e) => e.type)}`);
  return { session, events, errors, calls, nth, ran: own.ran };
}

const said = (e) => e.response.output.flatMap((i) => i.content ?? []).map((c) => c.text ?? c.transcript).join('');

test('agents-realtime, WebSocket: two tools run, and the answer rests on them', async () => {
  const { session, errors, calls, nth, ran } = await agent(new OpenAIRealtimeWebSocket({ useInsecureApiKey: true }), `${g.ws}/v1/realtime?model=lumen`);
  session.sendMessage('What is it like in Vienna?');
  const called = await nth('response.done', 2);
  assert.equal(called.response.status, 'completed');
  assert.deepEqual(called.response.output.map((i) => i.type), ['function_call', 'function_call']);
  const answer = await until(async () => { const d = await nth('response.done', 3); return said(d) && d; }, 'the answer');
  assert.match(said(answer), /rain in Vienna/);
  assert.deepEqual(ran.sort(), [['time', 'Vienna'], ['weather', 'Vienna']]);
  assert.deepEqual(calls.sort(), [['time', 'noon in Vienna'], ['weather', 'rain in Vienna']]);
  assert.deepEqual(errors, []);
  session.close();
});

test('agents-realtime, WebRTC: a tool runs', async () => {
  const own = tools();
  own.tools.length = 1;
  const transport = new OpenAIRealtimeWebRTC({ baseUrl: `${g.url}/v1/realtime/calls`, mediaStream: microphone(), audioElement: {} });
  const { session, errors, nth, ran } = await agent(transport, undefined, { apiKey: await secret(g), own, modalities: ['audio'] });
  session.sendMessage('What is it like in Vienna?');
  const answer = await nth('response.done', 3);
  assert.match(said(answer), /rain in Vienna/);
  assert.deepEqual(ran, [['weather', 'Vienna']]);
  assert.deepEqual(errors, []);
  session.close();
});

/** The `openai` package, connected to an avatar. */
async function openai(avatar) {
  const client = new OpenAI({ apiKey: g.key, baseURL: `${g.tls}/v1` });
  const rt = new OpenAIRealtimeWS({ model: avatar, options: { ca: g.ca } }, client);
  const events = [];
  const errors = [];
  rt.on('event', (e) => { golden(e); events.push(e); });
  rt.on('error', (e) => errors.push(e));
  await new Promise((ok, no) => { rt.socket.on('open', ok); rt.socket.on('error', no); });
  const nth = (type, n = 1) => until(() => events.filter((e) => e.type === type)[n - 1], `${type} ${n}, of ${events.map((e) => e.type)}`);
  await nth('session.created');
  return { rt, events, errors, nth };
}

const say = (rt, text) => {
  rt.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] } });
  rt.send({ type: 'response.create' });
};

test('openai, WebSocket: a call by its events, and its output', async () => {
  const { rt, errors, nth } = await openai('lumen');
  rt.send({
    type: 'session.update',
    session: {
      type: 'realtime', output_modalities: ['text'], tool_choice: 'auto',
      tools: [{ type: 'function', name: 'weather', description: 'Says it.', parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } }],
    },
  });
  const { session } = await nth('session.updated');
  assert.equal(session.tools[0].name, 'weather');
  say(rt, 'What is it like in Vienna?');
  const done = await nth('response.function_call_arguments.done');
  assert.equal(done.name, 'weather');
  assert.deepEqual(JSON.parse(done.arguments), { city: 'Vienna' });
  const called = await nth('response.done', 2);
  assert.equal(called.response.output[0].call_id, done.call_id);
  rt.send({ type: 'conversation.item.create', item: { type: 'function_call_output', call_id: done.call_id, output: 'sun in Vienna' } });
  rt.send({ type: 'response.create' });
  assert.match(said(await nth('response.done', 3)), /sun in Vienna/);
  assert.deepEqual(m.asked.at(-1).messages.slice(-2).map((x) => x.role), ['assistant', 'tool']);
  assert.deepEqual(errors, []);
  rt.close();
});

test("openai, WebSocket: the organisation's tool is called by the gateway, and no client is in its place", async () => {
  const { rt, events, errors, nth } = await openai('clerk');
  rt.send({ type: 'session.update', session: { type: 'realtime', output_modalities: ['text'] } });
  await nth('session.updated');
  say(rt, 'When does the next train leave?');
  assert.match(said(await nth('response.done', 2)), /I was given: \{"next":"12:05"\}/);
  assert.deepEqual(looked.map((l) => [l.method, l.body, l.headers.authorization]), [['POST', '{"city":"Vienna"}', undefined]]);
  assert.equal(events.filter((e) => e.type.startsWith('response.function_call')).length, 0);
  assert.deepEqual(errors, []);
  rt.send({ type: 'session.update', event_id: 'mine', session: { type: 'realtime', tools: [{ type: 'function', name: 'next_train' }] } });
  await until(() => errors.length, 'a refusal');
  assert.match(JSON.stringify(errors[0].error ?? errors[0]), /tool_name_taken/);
  rt.close();
});
