import { gatewaySubject } from '../../../shared/decisions/audit.ts';
import { eventsIn, republish as republishEvents, type TimeSpan } from '../../../shared/history/republish.ts';
import { InvalidInputError } from '../../../shared/platform/errors.ts';
import { counted } from '../../../shared/platform/units.ts';
import type { Command } from '../command.ts';
import { checkDecision, confirm, decisionOptions, printDecision, recordAudit } from './confirm.ts';

const options = {
  ...decisionOptions,
  from: { flags: '--from <TIME>', required: true, summary: 'first moment, as 2026-01-31T12:00:00Z' },
  to: { flags: '--to <TIME>', summary: 'last moment; now unless given' },
} as const;

/** Publishes events of the history on the event bus once more, for readers that missed them. */
export const republish: Command<typeof options> = {
  name: 'republish',
  group: 'Gateway',
  arguments: [],
  options,
  summary: 'Publish the events of a span of time on the event bus once more, from the history',
  examples: ['republish --from 2026-01-31T12:00:00Z --reason "the archive was down"'],
  async run(operation, { from, to, ...values }) {
    checkDecision(operation, values);
    const gateway = await operation.gateway();
    const span = readSpan(from, to, gateway.clock.now());
    const count = (await Array.fromAsync(eventsIn(gateway, span), () => 1)).length;
    const spanText = `from ${textOf(span.from)} to ${textOf(span.to)}`;
    const planned = [`${counted(count, 'event')} ${spanText} will be published once more.`];
    const details = { from: textOf(span.from), to: textOf(span.to), count };
    const agreed = await confirm(operation, values, planned, details);
    if (agreed !== true) return agreed;
    await recordAudit(gateway, values.reason, { subject: gatewaySubject, event: 'republished', details });
    await republishEvents(gateway, span);
    const completed = [`${counted(count, 'event')} will be published within a minute or two.`];
    printDecision(operation, { outcome: 'done', planned, completed, ...details });
    return 0;
  },
};

/** @throws InvalidInputError naming the option that is no time, or after the other */
function readSpan(from: string, to: string | undefined, now: number): TimeSpan {
  const span = { from: readTime('from', from), to: to === undefined ? now : readTime('to', to) };
  if (span.from > span.to) throw new InvalidInputError('--from: must not be after --to');
  return span;
}

/** A time with its zone: without a zone it would depend on the operator's machine. */
function readTime(name: string, text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time) || !/T.*(Z|[+-]\d\d:\d\d)$/.test(text)) {
    throw new InvalidInputError(`--${name}: must be a time with its zone, as 2026-01-31T12:00:00Z`);
  }
  return time;
}

const textOf = (time: number) => new Date(time).toISOString();
