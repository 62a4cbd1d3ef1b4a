import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { createLog } from '../../../shared/platform/logger.ts';
import { invocation, type LambdaHandler, schedule } from '../../../shared/platform/middleware/chains.ts';
import { awsEvent } from '../../support/aws-events.ts';
import { lambdaContext } from '../../support/lambda-context.ts';
import { chainContext, now } from './fixture.ts';

afterEach(() => vi.restoreAllMocks());

describe('the chain of a schedule', () => {
  it('runs with the deadline that the time left and the margin give', async () => {
    const { context } = chainContext();
    await fc.assert(
      fc.asyncProperty(fc.nat(900_000), fc.nat(900_000), async (timeLeft, margin) => {
        const deadlines: number[] = [];
        const run = async (deadline: number) => void deadlines.push(deadline);
        await schedule(context, { margin, run })(
          awsEvent('schedule'),
          lambdaContext(() => timeLeft),
        );
        expect(deadlines).toEqual([now + timeLeft - margin]);
      }),
    );
  });

  it.each([true, false])('asks first whether to run; skipped: %s', async (skipped) => {
    const { context } = chainContext();
    const run = vi.fn(async () => {});
    await schedule(context, { skip: async () => skipped, run })(awsEvent('schedule'), lambdaContext());
    expect(run).toHaveBeenCalledTimes(skipped ? 0 : 1);
  });

  it('fails, and does not run, when nobody knows whether to skip', async () => {
    const { context, lines } = chainContext();
    const run = vi.fn(async () => {});
    const skip = () => Promise.reject(new Error('DynamoDB is gone'));
    await expect(schedule(context, { skip, run })({}, lambdaContext())).rejects.toThrow('DynamoDB is gone');
    expect(run).not.toHaveBeenCalled();
    expect(lines).toMatchObject([{ level: 'error', message: 'invocation failed' }]);
  });
});

describe('the chain of a call that gets the output', () => {
  const input = z.object({ fileId: z.string(), attempt: z.number().int() });

  it('passes what the schema makes of the input, and gives the output', async () => {
    const { context } = chainContext();
    const handler = invocation(context, { input, run: async (checked, deadline) => ({ checked, deadline }) });
    expect(
      await handler(
        { fileId: 'f', attempt: 1, more: true },
        lambdaContext(() => 1_000),
      ),
    ).toEqual({
      checked: { fileId: 'f', attempt: 1 },
      deadline: now + 1_000,
    });
  });

  it('names the first field that breaks a rule and does not run; the value gets into no error and no log', async () => {
    const { context, lines } = chainContext();
    const run = vi.fn(async () => {});
    const failed = invocation(context, { input, run })({ fileId: 'f', attempt: 'canary-secret' }, lambdaContext());
    const error = 'InvalidInputError: event.attempt: Invalid input: expected number, received string';
    await expect(failed).rejects.toThrow(error.slice('InvalidInputError: '.length));
    expect(run).not.toHaveBeenCalled();
    expect(lines).toEqual([{ level: 'error', message: 'invocation failed', function_request_id: 'request-1', error }]);
  });

  it.each([undefined, null, false, 0, ''])('gives %j as an output like any other', async (output) => {
    const { context } = chainContext();
    expect(await invocation(context, { input: z.unknown(), run: async () => output })({}, lambdaContext())).toBe(
      output,
    );
  });

  it('waits for work that goes on past the function’s time: Lambda ends it, and no answer comes before', async () => {
    const { context } = chainContext();
    const { promise: work, resolve } = Promise.withResolvers<string>();
    let answered = false;
    const answer = invocation(context, { input: z.unknown(), run: () => work })(
      {},
      lambdaContext(() => 0),
    ).then((got) => {
      answered = true;
      return got;
    });
    await new Promise(setImmediate);
    expect(answered).toBe(false);
    resolve('late');
    expect(await answer).toBe('late');
  });
});

describe('log lines', () => {
  /** The lines that invocations write to standard output and standard error. */
  async function linesOf(invoke: (handler: LambdaHandler<void>) => Promise<void>): Promise<Record<string, unknown>[]> {
    const lines: string[] = [];
    for (const stream of [process.stdout, process.stderr]) {
      vi.spyOn(stream, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
    }
    const log = createLog();
    let runs = 0;
    const run = async () => {
      runs++;
      if (runs === 1) log.appendKeys?.({ left: 'by the first' });
      log.info(`run ${runs}`);
      if (runs === 2) throw new Error('the second fails');
    };
    await invoke(schedule({ log, clock: { now: () => now } }, { run }));
    vi.restoreAllMocks();
    return lines.map((line) => JSON.parse(line));
  }

  it('carry the id of their invocation, and nothing of the one before', async () => {
    const lines = await linesOf(async (handler) => {
      await handler({ secret: 'canary-secret' }, lambdaContext(undefined, 'first'));
      await handler({ secret: 'canary-secret' }, lambdaContext(undefined, 'second')).catch(() => undefined);
      await handler({ secret: 'canary-secret' }, lambdaContext(undefined, 'third'));
    });
    expect(lines).toMatchObject([
      { message: 'run 1', function_request_id: 'first', left: 'by the first' },
      { message: 'run 2', function_request_id: 'second' },
      { message: 'invocation failed', function_request_id: 'second', error: 'Error: the second fails' },
      { message: 'run 3', function_request_id: 'third' },
    ]);
    expect(JSON.stringify(lines.slice(1))).not.toContain('by the first');
    expect(JSON.stringify(lines)).not.toContain('canary-secret');
  });

  it('hold no event, whatever Powertools is set to', async () => {
    vi.stubEnv('POWERTOOLS_LOGGER_LOG_EVENT', 'true');
    const lines = await linesOf((handler) => handler({ secret: 'canary-secret' }, lambdaContext()));
    vi.unstubAllEnvs();
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toContain('canary-secret');
  });
});
