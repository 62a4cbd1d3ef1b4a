import { join } from 'node:path';
import { Parser } from '@asyncapi/parser';
import { describe, expect, it, vi } from 'vitest';
import { asyncApi } from '../../shared/live/asyncapi.ts';
import { createRegistration } from '../../shared/live/registration.ts';

// The parser takes half a minute to load on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const alarm = {
  type: 'object',
  properties: { info: { type: 'object', properties: { deviceID: { type: 'number' } } } },
  required: ['info'],
  additionalProperties: false,
};

describe('the description of the WebSocket API', () => {
  it('is kept beside the code (-u writes it anew)', async () => {
    const file = join(import.meta.dirname, '../../shared/live/asyncapi.json');
    await expect(`${JSON.stringify(asyncApi([]), null, 2)}\n`).toMatchFileSnapshot(file);
  });

  it('is a valid AsyncAPI 3.0 document, also with actions of a service', async () => {
    const registrations = [createRegistration('alarm', () => true, alarm, 'Reports an alarm')];
    const document = asyncApi(registrations);
    const { document: parsed, diagnostics } = await new Parser().parse(JSON.stringify(document));
    expect(diagnostics.filter(({ severity }) => severity <= 1)).toEqual([]);
    expect(parsed?.version()).toBe('3.0.0');
    const operation = parsed?.operations().get('receive.alarm');
    expect(operation?.summary()).toBe('Reports an alarm');
    const [message] = operation?.messages().all() ?? [];
    expect(message?.payload()?.json()).toMatchObject({ ...alarm, required: ['info', 'action'] });
    expect(operation?.reply()?.messages().all()).toHaveLength(1);
  });
});
