// Taps what published clients send, without touching them, and holds it
// against the schema of the events that the gateway publishes.
import { readFileSync } from 'node:fs';
import assert from 'node:assert/strict';
import Ajv from 'ajv/dist/2020.js';

const schema = JSON.parse(readFileSync(new URL('../../web/docs/events.schema.json', import.meta.url), 'utf8'));
const ajv = new Ajv({ strict: false, allErrors: true });
ajv.addSchema(schema);

/** Events that went each way, by type. */
export const traffic = { ToGateway: new Map(), ToClient: new Map() };

function check(definition, way, event) {
  const known = schema.$defs[event.type];
  assert.ok(known, `${event.type} is not in the schema`);
  const valid = ajv.getSchema(`${schema.$id}#/$defs/${definition}`) ?? ajv.compile({ $ref: `${schema.$id}#/$defs/${definition}` });
  if (!valid(event)) {
    const one = ajv.compile({ $ref: `${schema.$id}#/$defs/${event.type}` });
    one(event);
    assert.fail(`${event.type} is not as the schema has it: ${ajv.errorsText(one.errors ?? valid.errors)}\n${JSON.stringify(event).slice(0, 2000)}`);
  }
  traffic[way].set(event.type, (traffic[way].get(event.type) ?? 0) + 1);
}

/** Holds an event of the gateway against the schema. */
export const toClient = (event) => check('ServerEvent', 'ToClient', event);

/** Holds an event of a client against the schema. */
export const toGateway = (event) => check('ClientEvent', 'ToGateway', event);

/** What was wrong with anything that a tapped client sent. */
export const faults = [];

/** Taps `send` of a class of sockets or channels. */
export function tap(prototype) {
  const { send } = prototype;
  prototype.send = function tapped(data, ...rest) {
    try {
      toGateway(JSON.parse(String(data)));
    } catch (e) {
      faults.push(e);
    }
    return send.call(this, data, ...rest);
  };
}
