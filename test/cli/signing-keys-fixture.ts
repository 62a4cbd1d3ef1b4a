import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { describeEndpoints, writeEndpoints } from '../../infra/local/endpoints.ts';
import { startJsonServer } from '../../infra/local/services/json-server.ts';
import { secretActions } from '../../infra/local/services/secrets.ts';
import { parseKeyRing } from '../../shared/auth/key-ring.ts';
import { createAll } from '../support/lazy-tables.ts';
import { useServices } from '../support/services.ts';
import { createWorld } from '../support/world.ts';
import { endpointsOf, outputsOf } from './gateway-fixture.ts';
import { runOperatorHere } from './run-operator.ts';

/** A gateway whose secret of signing keys has no value yet. */
export async function newKeyedGateway() {
  const services = await useServices();
  const world = await createWorld(services);
  await createAll(world.tables);
  const values = new Map<string, string>();
  const server = await startJsonServer(secretActions({ values }));
  onTestFinished(() => server[Symbol.asyncDispose]());
  const directory = mkdtempSync(join(tmpdir(), 'keys-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const outputs = new Map([
    ...Object.entries(outputsOf(world.tables, world.filesBucket)),
    ['SigningKeysSecret', 'arn:aws:secretsmanager:eu-north-1:000000000000:secret:Keys-aaaaaa'] as const,
  ]);
  const endpoints = { ...endpointsOf(services), secretsManager: server.endpoint };
  writeEndpoints(directory, describeEndpoints(endpoints, outputs));
  return {
    world,
    values,
    ring: () => parseKeyRing(values.get('Keys') ?? ''),
    operate: (...args: string[]) => runOperatorHere(['signing-keys', ...args, '--data-dir', directory], {}),
  };
}
