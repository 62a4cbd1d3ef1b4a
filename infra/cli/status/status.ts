import { readMachineErrors } from '../../local/machine-errors.ts';
import { printable } from '../../terminal/render.ts';
import type { Command } from '../command.ts';
import { jsonLine } from '../explain/safe-json.ts';
import { columns, dateTime, listing } from '../listing.ts';
import { lookAt } from './collect-health.ts';
import { agoOf, type Health, portalProblem, problemsOf } from './health.ts';

const options = { json: listing.json } as const;

/** Tells how the gateway is. */
export const status: Command<typeof options> = {
  arguments: [],
  options,
  summary:
    'tells how the gateway is: portal, polls, messages, queues, transfers, incidents; ends with 1 if a person should look',
  examples: ['status', 'status --json --data-dir DIR'],
  async run({ gateway, portal, screen, where: { dataDirectory } }, { json = false }) {
    const opened = await gateway();
    const looked = await lookAt(opened, portal);
    const health = dataDirectory === undefined ? looked : { ...looked, machine: readMachineErrors(dataDirectory) };
    const now = opened.clock.now();
    const problems = problemsOf(health, now);
    const healthy = problems.length === 0;
    if (json) screen.print(jsonLine({ healthy, problems, ...health }));
    else for (const line of linesOf(health, problems, now)) screen.print(line);
    return healthy ? 0 : 1;
  },
};

function linesOf(health: Health, problems: readonly string[], now: number): string[] {
  const { portal, poll, pause, messages, transfers, queues, deadLetters, failedRuns, incidents, lasting } = health;
  const ago = (at: number) => agoOf(at, now);
  const wentWell = (at?: number) =>
    at === undefined ? 'none went well yet' : `the last that went well ended ${ago(at)}`;
  const { oldest } = messages;
  const rows = [
    ['portal', `${portal.url ?? 'unknown'}  ${portalProblem(health, now) ?? 'answers'}`],
    ['last poll', poll ? `number ${poll.counter}, ${ago(poll.startedAt)}; ${wentWell(poll.succeededAt)}` : 'none'],
    ...(pause ? [['paused', `${dateTime(pause.since)} by ${pause.by}: ${pause.reason}`]] : []),
    ['messages', `${counts(messages.states)} not marked, in ${messages.lines} lines`],
    ...(oldest
      ? [['oldest', `${oldest.type} ${oldest.messageId}, ${oldest.state}, came ${ago(oldest.receivedAt)}`]]
      : []),
    ['transfers', `${transfers.slotsInUse} at work; to be moved: ${counts(transfers.waiting)}`],
    ['queues', counts(queues)],
    ['dead letters', counts(deadLetters)],
    ['failed runs', counts(failedRuns)],
    ['incidents', `${counts(incidents)} open`],
    ...(Object.keys(lasting).length > 0 ? [['dismissed', `${counts(lasting)}, whose cause lasts`]] : []),
  ];
  const verdict =
    problems.length === 0 ? ['Healthy.'] : ['A person should look:', ...problems.map((each) => `  ${each}`)];
  return [...columns(rows), '', ...verdict.map(printable)];
}

function counts(all: Record<string, number>): string {
  const some = Object.entries(all).filter(([, count]) => count > 0);
  return some.length === 0 ? 'none' : some.map(([name, count]) => `${count} ${name}`).join(', ');
}
