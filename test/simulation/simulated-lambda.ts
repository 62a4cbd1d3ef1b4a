import type { Database } from '../../shared/platform/dynamodb.ts';
import type { Log } from '../../shared/platform/logger.ts';
import type { LambdaHandler } from '../../shared/platform/middleware/chains.ts';
import type { Clock } from '../../shared/platform/time.ts';
import { lambdaContext } from '../support/lambda-context.ts';
import { type Calls, Process, type Trace } from './calls.ts';
import type { SimulatedDynamoDb } from './dynamodb.ts';
import type { SimulatedFaults } from './faults.ts';
import type { Random } from './random.ts';
import { databaseOf } from './simulated-services.ts';
import type { Scheduler } from './time.ts';

/** Parts that functions run on. */
export interface Runtime<Version> {
  scheduler: Scheduler;
  calls: Calls<Version>;
  faults: SimulatedFaults;
  random: Random;
  dynamodb: SimulatedDynamoDb;
  trace: Trace;
}

/** Runs functions, each invocation a process of its own, until they end, crash or are out of time. */
export class SimulatedLambda<Version> {
  /** Lines of all logs. */
  readonly logged: string[] = [];
  timeouts = 0;
  /** When the last function ran out of time, in milliseconds since 1970. */
  timedOutAt = 0;
  readonly #runtime: Runtime<Version>;
  readonly #version: () => Version;
  #started = 0;

  /** @param version deployed at the moment */
  constructor(runtime: Runtime<Version>, version: () => Version) {
    this.#runtime = runtime;
    this.#version = version;
  }

  /** Invokes a function as Lambda does. @returns the answer, or nothing when the function ended early or failed */
  protected invoke<Result>(
    name: string,
    time: number,
    handlerOf: (process: Process<Version>) => LambdaHandler<Result>,
    event: unknown = {},
  ): Promise<Result | undefined> {
    const { scheduler } = this.#runtime;
    return this.run(name, time, (process) =>
      handlerOf(process)(
        event,
        lambdaContext(() => process.deadline - scheduler.now, process.name),
      ),
    );
  }

  /** @returns what the function returned, or nothing when it ended early or failed */
  protected async run<Result>(
    name: string,
    time: number,
    work: (process: Process<Version>) => Promise<Result>,
  ): Promise<Result | undefined> {
    const { scheduler, faults, random, trace } = this.#runtime;
    const { now } = scheduler;
    const process = new Process(`${name}/${++this.#started}`, now, now + time, this.#version());
    const timeout = () => {
      this.timeouts++;
      this.timedOutAt = scheduler.now;
      process.end();
    };
    process.atEnd.add(scheduler.after(time, timeout));
    const fault = faults.draw('process', ['clock ahead', 'clock behind', 'clock an hour off']);
    if (fault) process.skew = (fault === 'clock behind' ? -1 : 1) * random.fork('skews').next() * 120_000;
    if (fault === 'clock an hour off') process.skew = random.fork('skews').pick([-3_600_000, 3_600_000]);
    trace(() => `${process.name} starts${fault ? ` – ${fault}` : ''}`);
    const worked = work(process).catch((error: unknown) => {
      if (process.isAlive) this.#log(process, `failed ${error}`);
      return undefined;
    });
    const result = await Promise.race([worked, process.died.then(() => undefined)]);
    trace(() => `${process.name} ends`);
    process.end();
    return result;
  }

  /** DynamoDB as a process has it. */
  protected databaseOf(process: Process<Version>): Database {
    const { calls, dynamodb, random } = this.#runtime;
    const lags = random.fork('lags');
    return databaseOf(calls, process, dynamodb, () => Math.floor(lags.next() ** 2 * 60));
  }

  protected clockOf(process: Process<Version>): Clock {
    const { scheduler, random } = this.#runtime;
    const chance = random.fork('gateway');
    return {
      now: () => scheduler.now + process.skew,
      random: () => chance.next(),
      sleep: (milliseconds) =>
        new Promise((resolve) => {
          scheduler.after(milliseconds, () => process.isAlive && resolve());
        }),
      timeout: (milliseconds) => {
        const { signal, callOff } = scheduler.timer(milliseconds);
        process.atEnd.add(callOff);
        return signal;
      },
    };
  }

  protected logOf(process: Process<Version>): Log {
    const write = (message: string, extra: object = {}) => {
      if (process.isAlive) this.#log(process, `${message} ${JSON.stringify(extra)}`);
    };
    return { debug: write, info: write, warn: write, error: write };
  }

  #log(process: Process<Version>, text: string): void {
    this.logged.push(text);
    this.#runtime.trace(() => `${process.name} says: ${text}`);
  }
}
