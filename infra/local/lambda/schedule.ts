import { z } from 'zod';
import { ConfigurationError } from '../../../shared/platform/errors.ts';
import { nameOf, type ServedResource } from '../resources.ts';
import type { AsynchronousInvocations } from './asynchronous.ts';

/** Most running invocations of a scheduled function. Beyond that a run is skipped, so that a slow function does not pile up. */
const maxAtOnce = 2;
const secondsOf: Record<string, number> = { minute: 60, hour: 3_600, day: 86_400 };

const scheduleSchema = z.object({
  ScheduleExpression: z.string(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Target: z.object({ Arn: z.string(), Input: z.string().default('{}') }),
});

/** The interval of a rate expression, in ms. */
export function intervalOf(expression: string): number {
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const seconds = secondsOf[unit];
  if (seconds === undefined) throw new ConfigurationError(`The local runner doesn't know the schedule ${expression}`);
  return Number(count) * seconds * 1000;
}

/** The interval of a schedule in the template, in ms. */
export const intervalIn = ({ properties }: ServedResource) =>
  intervalOf(scheduleSchema.parse(properties).ScheduleExpression);

/** The logical id of the function that a schedule invokes. */
export const targetOf = ({ properties }: ServedResource) => nameOf(scheduleSchema.parse(properties).Target.Arn);

/**
 * Invokes a function at once and then at every interval, asynchronously as EventBridge Scheduler does: a run may overlap the
 * one before.
 *
 * @param interval milliseconds between two runs
 * @returns a function that stops the schedule; running invocations continue
 */
export function startSchedule(
  { properties }: ServedResource,
  asynchronous: AsynchronousInvocations,
  interval: number,
): () => void {
  const { State, Target } = scheduleSchema.parse(properties);
  if (State === 'DISABLED') return () => {};
  let atWork = 0;

  async function run(): Promise<void> {
    if (atWork >= maxAtOnce) return;
    atWork++;
    await asynchronous.invoke(Target.Arn, JSON.parse(Target.Input));
    atWork--;
  }
  void run();
  const timer = setInterval(run, interval);
  return () => clearInterval(timer);
}
