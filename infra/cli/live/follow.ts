import { userInfo } from 'node:os';
import { ClosedError } from '../../../shared/live/client/errors.ts';
import type { Received } from '../../../shared/live/client/push-sequence.ts';
import { WebsocketClient } from '../../../shared/live/client/websocket-client.ts';
import { ConfigurationError, TransientError } from '../../../shared/platform/errors.ts';
import { foldId } from '../../../shared/portal/id.ts';
import { printable, timeOfDay } from '../../terminal/render.ts';
import { untilStopped } from '../../terminal/stop.ts';
import type { Command, Operation } from '../command.ts';
import type { OperatedGateway } from '../target/gateway.ts';
import { beginOperatorSession, type OperatorSession, reopen } from './operator-session.ts';
import { lineOf } from './received-line.ts';

const options = {
  account: {
    flags: '--account <NAME>',
    summary: 'account with permission operator to follow as; by default your name',
  },
  progress: { flags: '--progress', summary: 'also print how far transfers are, at most once a second' },
} as const;

/** Prints events as they happen, until Ctrl-C. */
export const follow: Command<typeof options> = {
  name: 'follow',
  group: 'Look',
  arguments: ['[projectNo]'],
  options,
  summary: 'Print what happens as it happens, of all projects or of one, until Ctrl-C',
  examples: [
    'follow --account anna',
    'follow 1001 --account anna',
    'follow --account anna --progress',
    'follow --account anna --json',
  ],
  async run(operation, { account = userInfo().username, progress = false }, projectNo) {
    using stopped = untilStopped();
    const session = await beginOperatorSession(operation, account);
    try {
      await using client = await createClient(operation, session, progress, stopped.signal);
      const received = client.receive();
      const isOpen = await open(client);
      if (isOpen && !operation.json) {
        operation.screen.print(`Following as ${printable(account)}. Ctrl-C ends it.`);
        printStates(operation, client);
      }
      await printAll(operation, received, projectNo === undefined ? undefined : foldId(projectNo));
    } finally {
      await session.end();
    }
    return 0;
  },
};

/** @param signal closes the client */
async function createClient(
  { gateway, where }: Operation,
  session: OperatorSession,
  progress: boolean,
  signal: AbortSignal,
): Promise<WebsocketClient> {
  const url = liveUrlOf(await gateway());
  // A gateway on this machine has another port when it is started anew.
  const isHere = where.dataDirectory !== undefined;
  const { token } = session;
  const client = new WebsocketClient(isHere ? async () => liveUrlOf(await reopen(gateway)) : url, { token, progress });
  signal.addEventListener('abort', () => client.close());
  if (signal.aborted) await client.close();
  return client;
}

function liveUrlOf({ liveUrl }: OperatedGateway): string {
  if (liveUrl === undefined) throw new ConfigurationError('The gateway has no WebSocket API: deploy it anew');
  return liveUrl;
}

/** Waits for the first connection. @returns whether there is one; false when the client is closed before */
async function open(client: WebsocketClient): Promise<boolean> {
  const { promise: failed, reject } = Promise.withResolvers<never>();
  const remove = client.onState((state, reason) => {
    if (state === 'connecting') reject(new TransientError(`The WebSocket API cannot be reached: ${reason}`));
  });
  try {
    await Promise.race([client.opened, failed]);
    return true;
  } catch (error) {
    if (error instanceof ClosedError) return false;
    throw error;
  } finally {
    remove();
  }
}

function printStates({ screen }: Operation, client: WebsocketClient): void {
  let isLost = false;
  client.onState((state) => {
    if (state === 'connecting' && !isLost) {
      screen.print(`${timeOfDay(Date.now())}  The connection is lost. Connecting again …`);
      isLost = true;
    } else if (state === 'open') {
      screen.print(`${timeOfDay(Date.now())}  Connected again. What was missed follows.`);
      isLost = false;
    }
  });
}

async function printAll(operation: Operation, all: AsyncIterable<Received>, projectNo: string | undefined) {
  for await (const received of all) {
    const line = lineOf(received, operation, projectNo);
    if (line !== undefined) operation.screen.print(line);
  }
}
