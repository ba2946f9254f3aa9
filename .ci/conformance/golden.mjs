// Holds every event of the gateway against the published client's own schema.
// An event that it cannot parse is downgraded to a generic one by that client,
// which then loses its turn without an error.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import assert from 'node:assert/strict';

const require = createRequire(import.meta.url);
const dist = dirname(require.resolve('@openai/agents-realtime'));
const { parseRealtimeEvent } = await import(pathToFileURL(join(dist, 'openaiRealtimeEvents.mjs')));

/** Counts of what was parsed, over one test file. */
export const counts = { core: 0, avatar: 0 };

/** Asserts that the client's schema knows a core event, and leaves ours alone. */
export function golden(event) {
  const { isGeneric } = parseRealtimeEvent({ data: JSON.stringify(event) });
  if (event.type.startsWith('avatar.')) {
    counts.avatar++;
    assert.equal(isGeneric, true, `${event.type} collides with an event of the client`);
    return;
  }
  counts.core++;
  assert.equal(isGeneric, false, `${event.type} is downgraded by the client's schema`);
}
