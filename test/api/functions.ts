import { randomUUID } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { startSimulator } from '../../infra/local/portal/simulator.ts';
import type { AccountRow } from '../../shared/accounts/account.ts';
import { authRoutes } from '../../shared/accounts/auth-routes.ts';
import { authenticator } from '../../shared/accounts/caller.ts';
import type { AccountContext } from '../../shared/accounts/context.ts';
import { accountRoutes } from '../../shared/accounts/routes.ts';
import { beginSession } from '../../shared/accounts/session.ts';
import { ownDialect } from '../../shared/api/dialect.ts';
import { http } from '../../shared/api/http.ts';
import document from '../../shared/api/openapi.json' with { type: 'json' };
import { openApiRoute } from '../../shared/api/openapi-route.ts';
import { formatKeyRing, withNewKey } from '../../shared/auth/key-ring.ts';
import { makeSigningKey, signingKeys } from '../../shared/auth/signing-keys.ts';
import asyncApi from '../../shared/live/asyncapi.json' with { type: 'json' };
import { asyncApiRoute } from '../../shared/live/asyncapi-route.ts';
import { rememberEntries } from '../../shared/operate/find/remembered-entries.ts';
import { allOperateRoutes, compareRoutes, decideRoutes, readRoutes } from '../../shared/operate/routes.ts';
import { passwordKeys } from '../../shared/platform/password-keys.ts';
import { systemClock } from '../../shared/platform/time.ts';
import { createPortal } from '../../shared/portal/client.ts';
import { newId } from '../../shared/processes/ids.ts';
import { allProcessRoutes } from '../../shared/processes/routes.ts';
import { serviceRegistry } from '../../shared/processes/services/service.ts';
import { workHandlers } from '../../shared/processes/work-handlers.ts';
import { readConfiguration } from '../../shared/workspaces/configuration.ts';
import { workspacesDialect } from '../../shared/workspaces/dialect.ts';
import { allWorkspaceRoutes } from '../../shared/workspaces/routes.ts';
import { createClients } from '../support/clients.ts';
import { nameTables } from '../support/lazy-tables.ts';
import { Outside } from '../support/outside.ts';
import { useServices } from '../support/services.ts';

/** Made once for all tests of a process. */
const firstKey = makeSigningKey();

/** The functions of the HTTP API at tables of their own, with the tokens of an account and of an admin. */
export async function createApi() {
  const services = await useServices();
  const { db, s3, sfn, sqs } = createClients(services, new Outside());
  const tables = nameTables(services.dynamo.client, `api-${randomUUID()}`);
  const quiet = { debug() {}, info() {}, warn() {}, error() {} };
  const settings = { hideUnknownUsers: false };
  const service = { name: 'DST Gateway', domain: 'localhost', origins: [] };
  const keys = passwordKeys(async () => JSON.stringify({ current: '1', '1': 'k'.repeat(32) }));
  const liveUrl = 'wss://live.centre.example';
  const context = { db, clock: systemClock, log: quiet, tables, settings, keys, service, liveUrl };
  const ring = formatKeyRing(withNewKey(undefined, await firstKey, Date.now()));
  const signing = { signingKeys: signingKeys(async () => ring, systemClock.now) };
  const workspacesBucket = { s3, name: `workspaces-${randomUUID()}` };
  await services.s3.createBucket(workspacesBucket.name);
  const workspaces = {
    workspacesBucket,
    configuration: readConfiguration({}),
    jobsUrl: '',
    jobs: { start: async () => {}, stop: async () => {} },
  };
  const executions = { sfn, stateMachineArn: 'arn:aws:states:::stateMachine:process-work' };
  const orders = {
    attachments: { s3, name: 'attachments' },
    filesBucket: 'files',
    work: workHandlers(executions),
    newId,
  };
  await services.s3.createBucket(orders.attachments.name);
  const portal = await startSimulator({ apiKey: 'key' });
  const operating = {
    ...{ s3, internalBucket: 'internal', sqs, portalUrl: 'https://portal.example' },
    queues: async () => ({}),
    unmarked: rememberEntries(context),
    startPoll: async () => {},
    portal: createPortal({ baseUrl: portal.url, apiKey: async () => 'key', clock: systemClock }),
    bucket: 'files',
  };
  const deps = { ...context, ...signing, document, authenticate: authenticator(context) };
  const signUp = (account: string, fields: Partial<AccountRow> = {}) => putAccount(context, account, fields);
  const [bob, eve] = [await signUp('bob'), await signUp('eve', { permissions: ['admin', 'operator'] })];
  return {
    context: { ...context, ...signing },
    signUp,
    stop: () => portal.stop(),
    tokens: { bob: await signIn(context, bob), admin: await signIn(context, eve) },
    functions: [
      { handler: http(deps, accountRoutes), routes: accountRoutes },
      { handler: http(deps, authRoutes), routes: authRoutes },
      {
        handler: http(
          { ...deps, ...orders, workspaces: { ...context, ...workspaces }, services: serviceRegistry([]) },
          allProcessRoutes,
        ),
        routes: allProcessRoutes,
      },
      {
        handler: http({ ...deps, ...workspaces }, allWorkspaceRoutes, workspacesDialect),
        routes: allWorkspaceRoutes,
      },
      { handler: http({ ...deps, ...operating }, readRoutes, ownDialect, allOperateRoutes), routes: readRoutes },
      { handler: http({ ...deps, ...operating }, decideRoutes, ownDialect, allOperateRoutes), routes: decideRoutes },
      { handler: http({ ...deps, ...operating }, compareRoutes, ownDialect, allOperateRoutes), routes: compareRoutes },
      { handler: http(deps, [openApiRoute]), routes: [openApiRoute] },
      { handler: http({ ...deps, document: asyncApi }, [asyncApiRoute]), routes: [asyncApiRoute] },
    ],
  };
}

async function putAccount(
  { db, clock, tables }: AccountContext,
  account: string,
  fields: Partial<AccountRow>,
): Promise<AccountRow> {
  const row: AccountRow = {
    account,
    userName: account,
    email: `${account}@centre.example`,
    passwordGenerated: false,
    changePassword: false,
    blockLogin: false,
    permissions: [],
    generation: randomUUID(),
    createdAt: clock.now(),
    version: 1,
    ...fields,
  };
  await db.send(new PutCommand({ TableName: tables.accounts, Item: row }));
  return row;
}

/** Begins a session of an account. @returns its token */
export const signIn = async (context: AccountContext, account: AccountRow, restricted = false): Promise<string> =>
  (await beginSession(context, account, { restricted, refreshable: false, address: '' })).token;
