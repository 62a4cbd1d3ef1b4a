import { gatewaySubject } from '../../../shared/decisions/audit.ts';
import { eventsIn, republish as republishEvents, type Span } from '../../../shared/history/republish.ts';
import { InvalidInputError } from '../../../shared/platform/errors.ts';
import type { Command } from '../command.ts';
import { agree, checkDeciding, deciding, noteDeed } from './confirm.ts';

const options = {
  ...deciding,
  from: { type: 'string', value: 'TIME', required: true, summary: 'the first moment, as 2026-01-31T12:00:00Z' },
  to: { type: 'string', value: 'TIME', summary: 'the last moment; now unless told' },
} as const;

/** Has events of the history published on the event bus once more, for readers that missed them. */
export const republish: Command<typeof options> = {
  arguments: [],
  options,
  summary: 'publishes the events of a span of time on the event bus once more, from the history',
  examples: ['republish --from 2026-01-31T12:00:00Z --reason "the archive was down"'],
  async run(operation, { from, to, ...values }) {
    checkDeciding(operation, values);
    const gateway = await operation.gateway();
    const span = readSpan(from, to, gateway.clock.now());
    const count = (await Array.fromAsync(eventsIn(gateway, span), () => 1)).length;
    const spanText = `from ${textOf(span.from)} to ${textOf(span.to)}`;
    const agreed = await agree(operation, values, [`${count} events ${spanText} will be published once more.`]);
    if (agreed !== true) return agreed;
    const details = { from: textOf(span.from), to: textOf(span.to), count };
    await noteDeed(gateway, values.reason, { subject: gatewaySubject, event: 'republished', details });
    operation.screen.print(`${await republishEvents(gateway, span)} events will be published within a minute or two.`);
    return 0;
  },
};

/** @throws InvalidInputError naming the option that is no moment, or is out of order */
function readSpan(from: string, to: string | undefined, now: number): Span {
  const span = { from: readTime('from', from), to: to === undefined ? now : readTime('to', to) };
  if (span.from > span.to) throw new InvalidInputError('--from: must not be after --to');
  return span;
}

/** With the zone: a time without one would be of whatever place the operator is at. */
function readTime(name: string, text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time) || !/T.*(Z|[+-]\d\d:\d\d)$/.test(text)) {
    throw new InvalidInputError(`--${name}: must be a time with its zone, as 2026-01-31T12:00:00Z`);
  }
  return time;
}

const textOf = (time: number) => new Date(time).toISOString();
