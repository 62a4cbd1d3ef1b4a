import { collectHealth } from '../../../shared/operate/status/collect-health.ts';
import { ageOf, type Health, portalProblem, problemsOf } from '../../../shared/operate/status/health.ts';
import { counted } from '../../../shared/platform/units.ts';
import { readMachineErrors } from '../../local/machine-errors.ts';
import { printable } from '../../terminal/render.ts';
import type { Screen } from '../../terminal/screen.ts';
import type { Command } from '../command.ts';
import { jsonLine } from '../explain/safe-json.ts';
import { columns, dateTime } from '../listing.ts';
import { checkPortal } from './check-portal.ts';

/** Shows the state of the gateway. */
export const status: Command<Record<never, never>> = {
  name: 'status',
  group: 'Look',
  arguments: [],
  options: {},
  summary:
    'Show the state of the gateway: portal, polls, messages, queues, transfers, incidents; exit code 1 if a person should look',
  examples: ['status', 'status --json --data-dir DIR'],
  async run({ gateway, portal, screen, json, where: { dataDirectory } }) {
    const opened = await gateway();
    const looked = await collectHealth(opened, checkPortal(portal));
    const health = dataDirectory === undefined ? looked : { ...looked, machine: readMachineErrors(dataDirectory) };
    const now = opened.clock.now();
    const problems = problemsOf(health, now);
    const healthy = problems.length === 0;
    if (json) screen.print(jsonLine({ healthy, problems, ...health }));
    else {
      for (const line of linesOf(health, now)) screen.print(line);
      screen.print('');
      for (const line of verdictOf(screen, problems)) screen.print(line);
    }
    return healthy ? 0 : 1;
  },
};

function linesOf(health: Health, now: number): string[] {
  const { portal, poll, pause, messages, transfers, queues, deadLetters, failedRuns, incidents, lasting } = health;
  const ago = (at: number) => `${ageOf(at, now)} ago`;
  const wentWell = (at?: number) =>
    at === undefined ? 'none went well yet' : `the last that went well ended ${ago(at)}`;
  const { oldest } = messages;
  const rows = [
    ['portal', `${portal.url ?? 'unknown'}  ${portalProblem(health, now) ?? 'answers'}`],
    ['last poll', poll ? `number ${poll.counter}, ${ago(poll.startedAt)}; ${wentWell(poll.succeededAt)}` : 'none'],
    ...(pause ? [['paused', `${dateTime(pause.since)} by ${pause.by}: ${pause.reason}`]] : []),
    ['messages', `${counts(messages.states)} not marked, in ${counted(messages.lines, 'line')}`],
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
  return columns(rows);
}

function verdictOf({ style }: Screen, problems: readonly string[]): string[] {
  if (problems.length === 0) return [style('green', 'Healthy.')];
  return [style('red', 'A person should look:'), ...problems.map((each) => `  ${printable(each)}`)];
}

function counts(all: Record<string, number>): string {
  const some = Object.entries(all).filter(([, count]) => count > 0);
  return some.length === 0 ? 'none' : some.map(([name, count]) => `${count} ${name}`).join(', ');
}
