// Holds every event of the gateway against the published client's own schema,
// and against the gateway's. An event that the client cannot parse is
// downgraded to a generic one, and it then loses its turn without an error.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import assert from 'node:assert/strict';
import { faults, toClient, traffic } from './wire.mjs';

const require = createRequire(import.meta.url);
const dist = dirname(require.resolve('@openai/agents-realtime'));
const { parseRealtimeEvent } = await import(pathToFileURL(join(dist, 'openaiRealtimeEvents.mjs')));

const counts = { core: 0, avatar: 0 };

/** Asserts that the client's schema knows a core event, and leaves ours alone. */
export function golden(event) {
  try {
    const { isGeneric } = parseRealtimeEvent({ data: JSON.stringify(event) });
    if (event.type.startsWith('avatar.')) {
      counts.avatar++;
      assert.equal(isGeneric, true, `${event.type} collides with an event of the client`);
    } else {
      counts.core++;
      assert.equal(isGeneric, false, `${event.type} is downgraded by the client's schema`);
    }
    toClient(event);
  } catch (e) {
    faults.push(e); // a listener's exception would end in the client's hands
  }
}

/** Prints what was looked at, and fails if any of it was wrong. For the end of a test file. */
export function verdict(name) {
  const of = (map) => [...map.values()].reduce((a, b) => a + b, 0);
  console.log(`${name}: ${counts.core} core events, 0 downgraded is wanted; ${counts.avatar} avatar events, all generic is wanted; `
    + `${of(traffic.ToClient)} events of ${traffic.ToClient.size} types to the client and ${of(traffic.ToGateway)} of ${traffic.ToGateway.size} to the gateway are as the schema has them; ${faults.length} faults`);
  assert.ok(counts.core > 0 && of(traffic.ToClient) > 0, 'nothing was looked at');
  if (faults.length) throw new AggregateError(faults, `${faults.length} events are wrong, the first: ${faults[0].message}`);
}
