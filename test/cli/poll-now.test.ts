import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { type Invocations, startJsonServer } from '../../infra/local/services/json-server.ts';
import { type TestGateway, useGateways } from './gateway-fixture.ts';

const newGateway = useGateways();

/** A gateway whose functions are invoked so. */
async function withFunctions(
  functions: Record<string, string>,
  invoke: (gateway: TestGateway) => NonNullable<Invocations['invoke']>,
) {
  const gateway = await newGateway();
  const { endpoint, ...server } = await startJsonServer({}, { invoke: invoke(gateway) });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const file = join(gateway.directory, 'endpoints.json');
  const endpoints = z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(file, 'utf8')));
  writeFileSync(file, JSON.stringify({ ...endpoints, lambda: { endpoint, functions } }));
  return gateway;
}

it('invokes the function that polls, and waits for it', async () => {
  const invoked: string[] = [];
  const gateway = await withFunctions({ Poll: 'gateway-poll' }, ({ put }) => async (name) => {
    invoked.push(name);
    await put('control', { name: 'poll', counter: 1, startedAt: 1 });
    return { payload: 'null' };
  });
  expect(await gateway.operate('poll-now')).toEqual({ code: 0, output: 'Polled.\n', errors: '' });
  expect(invoked).toEqual(['gateway-poll']);
});

it('tells how a poll failed, and ends with 1', async () => {
  const functionError = { errorType: 'PortalError', errorMessage: 'GET /messages: 500' };
  const gateway = await withFunctions({ Poll: 'gateway-poll' }, () => async () => ({
    payload: JSON.stringify(functionError),
    functionError,
  }));
  const { code, errors } = await gateway.operate('poll-now');
  expect(code).toBe(1);
  expect(errors).toContain('GET /messages: 500');
});

it('says that nothing was polled, by whom all is paused and how to end that', async () => {
  const gateway = await withFunctions({ Poll: 'gateway-poll' }, () => async () => {
    throw new Error('invoked while paused');
  });
  await gateway.put('control', { name: 'pause', by: 'ann', reason: 'a move', since: 0 });
  const { code, output, errors } = await gateway.operate('poll-now');
  expect([code, output]).toEqual([1, '']);
  expect(errors).toMatch(
    /paused since 1970-01-01 00:00:00Z by ann: a move\. Nothing was polled\. .*-- resume --reason/,
  );
});

it('says that another poll is at work', async () => {
  const gateway = await withFunctions({ Poll: 'gateway-poll' }, () => async () => ({ payload: 'null' }));
  await gateway.put('control', { name: 'poll', counter: 7, startedAt: 1 });
  expect(await gateway.operate('poll-now')).toMatchObject({
    code: 1,
    errors: 'Another poll is at work: wait for its end\n',
  });
});

it('asks for a new deployment where the stack is older than the command', async () => {
  const gateway = await withFunctions({}, () => async () => ({ payload: '' }));
  const { code, errors } = await gateway.operate('poll-now');
  expect(code).toBe(2);
  expect(errors).toContain('deploy it anew');
});

it('says that no gateway runs in a data directory whose services are gone', async () => {
  const gateway = await newGateway();
  const file = join(gateway.directory, 'endpoints.json');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:9'));
  const { code, errors } = await gateway.operate('projects');
  expect([code, errors]).toEqual([2, `No gateway runs in ${gateway.directory} now: its services do not answer\n`]);
});
