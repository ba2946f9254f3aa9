// What the voice tests share: a transcription server that says what it is told
// to, and a person who speaks.
import { createServer } from 'node:http';
import { until } from './gateway.mjs';

/** A transcription server. It answers every utterance with `words`. */
export async function transcriber(words) {
  const heard = [];
  const server = createServer(async (req, res) => {
    const chunks = [];
    for await (const c of req) chunks.push(c);
    heard.push(Buffer.concat(chunks).length);
    res.writeHead(200, { 'content-type': 'application/json' });
    res.end(JSON.stringify({ text: words }));
  });
  await new Promise((ok) => server.listen(0, '127.0.0.1', ok));
  return {
    heard,
    url: `http://127.0.0.1:${server.address().port}/v1`,
    close: () => new Promise((ok) => { server.closeAllConnections(); server.close(ok); }),
  };
}

/** The flags with which a gateway's demonstration listens. */
export const listens = (s) => ['--microphone', '--transcriber', s.url, '--transcriber-model', 'scripted'];

/**
 * A sentence as somebody says it: samples at 24 kHz. It is what the gateway's
 * own voice said, up to a length, in a session of its own.
 */
export async function sentence(g, WebSocket, seconds = 2) {
  const ws = new WebSocket(`${g.ws}/v1/realtime`, { headers: { authorization: `Bearer ${g.key}` } });
  const pieces = [];
  ws.on('message', (b) => {
    const e = JSON.parse(String(b));
    if (e.type === 'response.output_audio.delta') pieces.push(Buffer.from(e.delta, 'base64'));
  });
  await new Promise((ok) => ws.on('open', ok));
  const size = () => pieces.reduce((n, p) => n + p.length, 0);
  await until(() => size() > seconds * 48000, 'the notice, spoken');
  ws.close();
  const all = Buffer.concat(pieces).subarray(0, seconds * 48000);
  return new Int16Array(all.buffer.slice(all.byteOffset, all.byteOffset + all.length));
}

/** Calls `each` with 10 ms of the sentence, then of silence, as they sound. */
export async function speak(samples, each, silence = 1500) {
  const piece = 240;
  const began = performance.now();
  const pieces = Math.ceil(samples.length / piece);
  for (let i = 0; i < pieces + silence / 10; i++) {
    const wait = began + i * 10 - performance.now();
    if (wait > 0) await new Promise((ok) => setTimeout(ok, wait));
    const part = new Int16Array(piece);
    if (i < pieces) part.set(samples.subarray(i * piece, (i + 1) * piece));
    else part.forEach((_, n) => { part[n] = n % 5; });
    each(part);
  }
}
