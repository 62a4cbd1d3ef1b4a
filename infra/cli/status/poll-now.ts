import { InvokeCommand } from '@aws-sdk/client-lambda';
import type { LastPoll } from '../../../shared/operate/status/health.ts';
import { type Pause, readPause } from '../../../shared/operations/pause.ts';
import { getItem } from '../../../shared/platform/dynamodb.ts';
import { PermanentError } from '../../../shared/platform/errors.ts';
import { printable } from '../../terminal/render.ts';
import type { Command } from '../command.ts';
import { commandLine, placeholder } from '../command-line.ts';
import { jsonLine } from '../explain/safe-json.ts';
import { dateTime } from '../listing.ts';
import { nameOf, type Target } from '../target/find-stack.ts';
import type { OperatedGateway } from '../target/gateway.ts';

/** Polls the portal. Asks nobody and records nothing, because the next scheduled poll would do the same. */
export const pollNow: Command<Record<never, never>> = {
  name: 'poll-now',
  group: 'Gateway',
  arguments: [],
  options: {},
  summary: 'Poll the portal at once, and wait for the end of the poll',
  examples: ['poll-now'],
  async run({ gateway, screen, json, where }) {
    const opened = await gateway();
    const functionName = nameOf(opened.functions, 'Poll');
    const pause = await readPause(opened.db, opened.tables.control);
    if (pause) throw new PermanentError(pausedText(where, pause));
    const before = await pollNumber(opened);
    const { FunctionError, Payload } = await opened.lambda.send(new InvokeCommand({ FunctionName: functionName }));
    if (FunctionError) {
      throw new PermanentError(`The poll failed (${FunctionError}): ${Payload?.transformToString().slice(0, 500)}`);
    }
    const poll = await pollNumber(opened);
    if (poll === before) throw new PermanentError('Another poll is at work: wait for its end');
    screen.print(json ? jsonLine({ polled: true, poll }) : 'Polled.');
    return 0;
  },
};

/** Number of polls that have begun. */
const pollNumber = async ({ db, tables }: OperatedGateway): Promise<number> =>
  (await getItem<LastPoll>(db, tables.control, { name: 'poll' }))?.counter ?? 0;

const pausedText = (where: Target, { since, by, reason }: Pause) =>
  `The gateway is paused since ${dateTime(since)} by ${printable(by)}: ${printable(reason)}. Nothing was polled. To end ` +
  `the pause: ${commandLine(where, ['resume', '--reason', placeholder])}`;
