// Starts a gateway, and a model server that says what it is told to, for the
// tests. Both are real programs on real sockets.
import { execFile, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';

const root = new URL('../..', import.meta.url).pathname;

/** The gateway's program, as "npm test" has built it. */
const program = process.env.MAYFLY_BIN ?? join(root, '.ci/out/mayfly');

/**
 * A model server. It answers a prompt with the sentences of `script`, a word
 * at a time, `pace` milliseconds apart. A function gives, for a prompt, what
 * the pieces of the answer hold.
 */
export async function model(script, pace = 1) {
  const asked = [];
  const server = createServer(async (req, res) => {
    const chunks = [];
    for await (const c of req) chunks.push(c);
    asked.push(JSON.parse(Buffer.concat(chunks).toString()));
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    const pieces = typeof script === 'function' ? script(asked.at(-1)) : script.split(/(?<= )/).map((content) => ({ content }));
    for (const delta of pieces) {
      if (res.destroyed) return;
      res.write(`data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', choices: [{ index: 0, delta }] })}\n\n`);
      await sleep(pace);
    }
    res.end('data: [DONE]\n\n');
  });
  await new Promise((ok) => server.listen(0, '127.0.0.1', ok));
  return {
    asked,
    url: `http://127.0.0.1:${server.address().port}/v1`,
    close: () => new Promise((ok) => { server.closeAllConnections(); server.close(ok); }),
  };
}

/** A certificate for 127.0.0.1 in a folder, by the program that Go ships for that. */
async function certificate(folder) {
  const { stdout } = await promisify(execFile)('go', ['env', 'GOROOT']);
  await promisify(execFile)('go', ['run', join(stdout.trim(), 'src/crypto/tls/generate_cert.go'), '--host', '127.0.0.1', '--ca', '--ecdsa-curve', 'P256'], { cwd: folder });
  return { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
}

/** The configuration of one tenant whose sessions last two seconds. */
export const brief = (hash) => `
tenants:
  - id: acme
    name: Acme
    origins: ["https://page.example"]
    keys:
      - hash: sha256:${hash}
    limits:
      session_time: 2s
    avatars:
      - id: lumen
        name: Lumen
        languages: [en]
`;

/** Starts a gateway and waits until it is ready. */
export async function gateway({ env = {}, config = null, args = [], tls = false } = {}) {
  const home = mkdtempSync(join(tmpdir(), 'mayfly-home-'));
  const data = join(home, 'data');
  const flags = ['serve', '--listen', '127.0.0.1:0', '--data', data, ...args];
  let key = null;
  if (config) {
    key = `mf_${randomBytes(32).toString('base64url')}`;
    const file = join(home, 'mayfly.yaml');
    writeFileSync(file, config(createHash('sha256').update(key).digest('hex')));
    flags.push('--config', file);
    if (tls) {
      const pair = await certificate(home);
      flags.push('--tls-listen', '127.0.0.1:0', '--tls-cert', pair.cert, '--tls-key', pair.key);
    }
  } else {
    flags.push('--tls-listen', '127.0.0.1:0');
  }
  const child = spawn(program, flags, { env: { PATH: process.env.PATH, HOME: home, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  child.stdout.on('data', (b) => { out += b; });
  child.stderr.on('data', (b) => { out += b; });
  const exited = new Promise((ok) => child.once('exit', ok));
  let demo = null;
  for (let i = 0; i < 400 && !out.includes('Mayfly is ready'); i++) {
    if (child.exitCode !== null) throw new Error(`the gateway did not start:\n${out}`);
    await sleep(25);
  }
  if (!out.includes('Mayfly is ready')) throw new Error(`the gateway is not ready:\n${out}`);
  const url = /Open\s+(\S+)/.exec(out)[1];
  if (!config) demo = JSON.parse(readFileSync(join(data, 'demo.json'), 'utf8'));
  return {
    url,
    ws: url.replace('http', 'ws'),
    tls: demo?.tls_url ?? /TLS\s+(\S+)/.exec(out)?.[1],
    caFile: demo?.ca ?? join(home, 'cert.pem'),
    get ca() { return readFileSync(this.caFile); },
    key: key ?? demo.api_key,
    avatar: demo?.avatar ?? 'lumen',
    output: () => out,
    async close() {
      child.kill('SIGTERM');
      await Promise.race([exited, sleep(15000)]);
      if (child.exitCode === null) child.kill('SIGKILL');
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** A client secret, made as a server of the organisation makes it. */
export async function secret(g, body = {}) {
  const r = await fetch(`${g.url}/v1/realtime/client_secrets`, {
    method: 'POST',
    headers: { authorization: `Bearer ${g.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!r.ok) throw new Error(`client_secrets: ${r.status} ${await r.text()}`);
  return (await r.json()).value;
}

/** Waits until `look` finds something. */
export async function until(look, what, ms = 40000) {
  const end = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`in vain: ${what}`);
    await sleep(5);
  }
}
