import { SetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type AccountRow, accountCreation } from '../../shared/accounts/account.ts';
import { authenticator } from '../../shared/accounts/caller.ts';
import { beginSession } from '../../shared/accounts/session.ts';
import { ownDialect } from '../../shared/api/dialect.ts';
import { http } from '../../shared/api/http.ts';
import type { ComparingContext, DecidingContext } from '../../shared/operate/context.ts';
import { rememberEntries } from '../../shared/operate/find/remembered-entries.ts';
import { allOperateRoutes, compareRoutes, decideRoutes, readRoutes } from '../../shared/operate/routes.ts';
import { withDeadLetters } from '../../shared/operate/status/queues.ts';
import { transact } from '../../shared/platform/transaction.ts';
import { type ApiHandler, send } from '../api/requests.ts';
import type { World } from '../support/world.ts';

export type OperateApi = Awaited<ReturnType<typeof createOperateApi>>;

/** The HTTP API of operators over a world's tables, with `olga`, an operator who is signed in. */
export async function createOperateApi(world: World) {
  const { db, clock } = world.context;
  const sqs = world.context.sqs as SQSClient;
  const polls: number[] = [];
  const context: DecidingContext & ComparingContext = {
    ...world.context,
    s3: world.s3,
    bucket: world.filesBucket,
    startPoll: async () => void polls.push(clock.now()),
    tables: world.tables,
    sqs,
    queues: () => withDeadLetters(sqs, world.context.queues),
    portalUrl: world.portal.url,
    unmarked: rememberEntries({ db, clock, tables: world.tables }),
  };
  const deps = { ...context, authenticate: authenticator(context) };
  const handlers = [
    { handler: http(deps, readRoutes, ownDialect, allOperateRoutes), routes: readRoutes },
    { handler: http(deps, decideRoutes, ownDialect, allOperateRoutes), routes: decideRoutes },
    { handler: http(deps, compareRoutes, ownDialect, allOperateRoutes), routes: compareRoutes },
  ];

  /** @returns a token */
  async function signUp(account: string, permissions: string[] = []): Promise<string> {
    const row: AccountRow = {
      ...{
        account,
        userName: account,
        passwordGenerated: false,
        changePassword: false,
        blockLogin: false,
        permissions,
      },
      ...{ generation: 'first', createdAt: clock.now(), version: 0 },
    };
    await transact(db, clock, accountCreation(world.tables.accounts, row));
    return (await beginSession(context, row, { restricted: false, refreshable: false, address: '127.0.0.1' })).token;
  }

  const olga = await signUp('olga', ['operator']);

  /** @param request `METHOD path?query` below `/operate`. @param token none with `null` */
  async function ask(request: string, body?: unknown, token: string | null = olga) {
    const [, method = '', target = ''] = /^(\S+) (.*)$/.exec(request) ?? [];
    const [path = '', query = ''] = target.split('?');
    const found = handlers.find(({ routes }) =>
      routes.some((route) => route.path === `/operate/${path}` && route.method === method),
    );
    return send((found?.handler ?? handlers[0]?.handler) as ApiHandler, {
      method,
      path: `/operate/${path}`,
      query,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== null && { token }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  /** The body of an answer with status 200. */
  async function get(request: string): Promise<Record<string, unknown>> {
    const { status, body } = await ask(`GET ${request}`);
    if (status !== 200) throw new Error(`${request}: ${status} ${JSON.stringify(body)}`);
    return Object(body);
  }

  /** Lets messages of a type become dead letters of another queue. @returns its URL */
  async function addDeadLetters(type: string, of: string): Promise<string> {
    const deadLetterTargetArn = `arn:aws:sqs:eu-north-1:000000000000:${world.context.queues[of]?.split('/').at(-1)}`;
    await sqs.send(
      new SetQueueAttributesCommand({
        QueueUrl: world.context.queues[type],
        Attributes: { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 5 }) },
      }),
    );
    return world.context.queues[of] ?? '';
  }

  /** Sends a decision. */
  const decide = (path: string, body: object, token?: string) =>
    ask(`POST ${path}`, { reason: 'a good reason', ...body }, token);

  return { world, context, polls, decide, ask, get, signUp, sqs, addDeadLetters, olga };
}
