// A page's part in openai-browser.test.mjs: the browser build of the published
// package, in a process that trusts the authority named in NODE_EXTRA_CA_CERTS
// as a browser trusts the system's. Prints one JSON object: what happened.
import OpenAI from 'openai';
import { OpenAIRealtimeWebSocket } from 'openai/realtime/websocket';
import { until } from './gateway.mjs';

const [url, apiKey, scene, origin] = process.argv.slice(2);
// A browser says by itself which page asks; Node's socket has to be told.
const Native = globalThis.WebSocket;
globalThis.WebSocket = class extends Native {
  constructor(address, protocols) { super(address, { protocols, headers: origin ? { origin } : {} }); }
};
const client = new OpenAI({ apiKey, baseURL: `${url}/v1`, dangerouslyAllowBrowser: true });
const rt = new OpenAIRealtimeWebSocket({ model: 'gpt-realtime' }, client);
const events = [];
const sent = [];
const errors = [];
rt.on('event', (e) => events.push(e));
rt.on('error', (e) => errors.push(e.error ?? { message: String(e) }));
const closed = new Promise((ok) => { rt.socket.addEventListener('close', ({ code, reason }) => ok({ code, reason })); });
const opened = await new Promise((ok) => { rt.socket.addEventListener('open', () => ok(true)); rt.socket.addEventListener('error', () => ok(false)); });
if (!opened) {
  process.stdout.write('{"opened":false}');
  process.exit(0);
}
const send = (e) => { sent.push(e); rt.send(e); };
const nth = (type, n = 1) => until(() => events.filter((e) => e.type === type)[n - 1], `${type} ${n}, of ${events.map((e) => e.type)}`);

const modality = scene === 'audio' ? 'audio' : 'text';
send({ type: 'session.update', session: { type: 'realtime', output_modalities: [modality] } });
let end = null;
if (scene === 'expiry') {
  await until(() => errors.length, 'an error');
  end = await closed;
} else {
  send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] } });
  send({ type: 'response.create', event_id: 'first' });
  if (scene === 'refused') send({ type: 'response.create', event_id: 'second' });
  if (scene === 'cancel') {
    await nth('response.output_text.delta', 2); // the notice is the first
    send({ type: 'response.cancel' });
  }
  await nth('response.done', 2);
  rt.close();
  end = await closed;
}
process.stdout.write(JSON.stringify({ opened, protocol: rt.socket.protocol, events, sent, errors, end }), () => process.exit(0));
