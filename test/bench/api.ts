import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { region } from '../../infra/local/resources.ts';
import { type LocalGateway, startGateway } from '../../infra/local/runner.ts';
import { synthesize } from '../../infra/local/start/synthesize.ts';
import type { AccountRow } from '../../shared/accounts/account.ts';
import { authenticate, beginSession, endSession } from '../../shared/accounts/session.ts';
import { createLog } from '../../shared/platform/logger.ts';
import type { Tables } from '../../shared/platform/tables.ts';
import { systemClock } from '../../shared/platform/time.ts';
import { forkServer } from './fork-server.ts';

const loadSchema = z.object({ rate: z.number(), p50: z.number(), p99: z.number() });
/** Requests a second, and milliseconds in which half and 99 of 100 were answered. */
export type Load = z.infer<typeof loadSchema>;

export interface ApiTime {
  what: string;
  gateway: Load;
  express: Load;
}

const connections = 16;
const seconds = 5;
const rounds = 3;

/** Reads of an account and refusals of a token: by the gateway on this machine, and by a server on Express at the same tables. */
export async function measureApi(): Promise<ApiTime[]> {
  await using started = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'bench-api-'));
  started.defer(() => rm(directory, { recursive: true }));
  const assembly = await synthesize(AbortSignal.timeout(120_000), { apiRequestsPerSecond: '10000' });
  const gateway = await startGateway({
    assembly,
    dataDirectory: join(directory, 'gateway'),
    pollSeconds: 3_600,
    environment: { PORTAL_URL: 'http://127.0.0.1:1' },
  });
  started.defer(() => gateway.stop());
  const [token, ended] = await signIn(gateway);
  const { url: express } = await forkServer('express-server.mjs', gateway, started);
  const cases = [
    { what: 'GET /accounts/user/x', headers: { token }, status: 200 },
    { what: 'a made-up token', headers: { token: token.replace(/^.{20}/, 'A'.repeat(20)) }, status: 401 },
    { what: 'a token that has ended', headers: { token: ended }, status: 401 },
  ];
  const results: ApiTime[] = [];
  for (const { what, ...request } of cases) {
    const runs: { gateway: Load; express: Load }[] = [];
    // One after the other in turns, so that both meet the same other work on this machine. The first round warms up.
    for (let round = 0; round <= rounds; round++) {
      runs.push({
        gateway: await load(gateway.endpoints.api?.url ?? '', request),
        express: await load(express, request),
      });
    }
    const measured = runs.slice(1);
    const best = (which: 'gateway' | 'express') =>
      measured.map((run) => run[which]).reduce((most, run) => (run.rate > most.rate ? run : most));
    results.push({ what, gateway: best('gateway'), express: best('express') });
  }
  return results;
}

/** Puts the account `x` into the tables. @returns a token of its, and one that has ended */
async function signIn({ endpoints: { credentials, dynamodb } }: LocalGateway): Promise<[string, string]> {
  const client = new DynamoDBClient({ endpoint: dynamodb.endpoint, region, credentials });
  const db = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  const account: AccountRow = {
    account: 'x',
    userName: 'x',
    email: 'x@example.org',
    passwordGenerated: false,
    changePassword: false,
    blockLogin: false,
    permissions: [],
    generation: 'g',
    createdAt: 0,
    version: 1,
  };
  await db.send(new PutCommand({ TableName: dynamodb.tables.accounts, Item: account }));
  const tables = dynamodb.tables as Tables;
  const context = { db, clock: systemClock, log: createLog(), tables };
  const begin = () => beginSession(context, account, { restricted: false, refreshable: false, address: '' });
  const [valid, ended] = await Promise.all([begin(), begin()]);
  const found = await authenticate(context, ended.token);
  if (found) await endSession(context, found.session, { event: 'signed out' }, { by: 'the benchmark' });
  client.destroy();
  return [valid.token, ended.token];
}

async function load(url: string, request: { headers: Record<string, string>; status: number }): Promise<Load> {
  const options = { url, path: '/accounts/user/x', connections, seconds, ...request };
  const child = fork(join(import.meta.dirname, 'load.mjs'), [JSON.stringify(options)]);
  const [result] = await once(child, 'message');
  return loadSchema.parse(result);
}
