import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { describeEndpoints, writeEndpoints } from '../../infra/local/endpoints.ts';
import { type Invoke, startJsonServer } from '../../infra/local/json-server.ts';
import { type Tables, tableNames } from '../support/services.ts';
import { outputsOf } from './gateway.ts';
import { operateHere } from './operate.ts';

/** A gateway of which only Lambda is there, and a command for it. */
async function operateWith(invoke: Invoke, outputs: Record<string, string>) {
  const { endpoint, ...server } = await startJsonServer({}, { invoke });
  const directory = mkdtempSync(join(tmpdir(), 'poll-now-'));
  onTestFinished(async () => {
    rmSync(directory, { recursive: true });
    await server[Symbol.asyncDispose]();
  });
  const services = {
    dynamodb: endpoint,
    s3: endpoint,
    sqs: endpoint,
    stepFunctions: endpoint,
    secretsManager: endpoint,
  };
  const tables = Object.fromEntries(tableNames.map((name) => [name, name])) as Tables;
  const all = new Map(Object.entries({ ...outputsOf(tables, 'files'), ...outputs }));
  writeEndpoints(directory, describeEndpoints({ ...services, eventBridge: endpoint, lambda: endpoint }, all));
  return operateHere(['poll-now', '--data-dir', directory], {});
}

it('invokes the function that polls, and waits for it', async () => {
  const invoked: string[] = [];
  const invoke: Invoke = async (name) => {
    invoked.push(name);
    return { payload: 'null' };
  };
  expect(await operateWith(invoke, { PollFunction: 'gateway-poll' })).toMatchObject({ code: 0, errors: '' });
  expect(invoked).toEqual(['gateway-poll']);
});

it('tells how a poll failed, and ends with 1', async () => {
  const functionError = { errorType: 'PortalError', errorMessage: 'GET /messages: 500' };
  const invoke: Invoke = async () => ({ payload: JSON.stringify(functionError), functionError });
  const { code, errors } = await operateWith(invoke, { PollFunction: 'gateway-poll' });
  expect(code).toBe(1);
  expect(errors).toContain('GET /messages: 500');
});

it('asks for a new deployment where the stack is older than the command', async () => {
  const { code, errors } = await operateWith(async () => ({ payload: '' }), {});
  expect(code).toBe(2);
  expect(errors).toContain('deploy it anew');
});
