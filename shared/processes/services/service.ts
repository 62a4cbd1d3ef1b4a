import type * as z from 'zod';
import type { Write } from '../../platform/transaction.ts';
import type { ProcessHistoryEntry } from '../history-entry.ts';
import type { Status } from '../machine/status.ts';
import type { Missing } from '../missing.ts';
import type { CheckResult, ProcessFileRow, ProcessProjectRow, ProcessRow } from '../rows.ts';

/** Details of a service, as its schema has checked them. */
export type Details = Readonly<Record<string, unknown>>;

/** A process as a service sees it. */
export interface Order {
  readonly project: ProcessProjectRow;
  readonly process: ProcessRow;
  readonly details: Details;
  readonly files: readonly ProcessFileRow[];
}

/** A check of a verification. */
export interface Check<Context> {
  /** For people, such as `Files are whole`. */
  readonly name: string;
  /** Comes to the same when it is repeated. */
  run(context: Context, order: Order): Promise<Omit<CheckResult, 'check'>>;
}

/** Part of a service in a step of a process. */
export interface StepPart {
  set: Partial<ProcessRow>;
  entries: readonly ProcessHistoryEntry[];
  writes: readonly Write[];
}

/**
 * A service that processes may order. Adding one is a file, and a line in `all.ts`.
 *
 * @typeParam Context of the functions that run its checks and steps
 */
export interface Service<Context> {
  /** As `serviceType` of a process and `supportedServices` of an organization name it; from 1 on. */
  readonly number: number;
  /** In capitals, such as `EXPORT`. */
  readonly name: string;
  /** Strict, with every key optional: details are given one after the other. */
  readonly details: z.ZodType<Details>;
  /** @returns what the details lack, for the process to be ready */
  missing(details: Details, files: readonly ProcessFileRow[]): Missing[];
  readonly checks: readonly Check<Context>[];
  /** Called before a step is committed. @returns what prevents the step */
  beforeStep?(context: Context, order: Order, to: Status): Promise<Missing[]>;
  /**
   * What a step brings about beside itself, in the same transaction. Asked anew with each attempt at it, after `beforeStep`.
   *
   * @returns what prevents the step, or the writes and changes
   */
  atStep?(context: Context, order: Order, to: Status): Promise<StepPart | { missing: readonly Missing[] } | undefined>;
  /** Steps after which the service has something to do, as `afterStep`. */
  readonly followedSteps?: readonly Status[];
  /** Does it. Called once or more for each such step. */
  afterStep?(context: Context, order: Order, to: Status): Promise<void>;
  /** Further fields of the process, for people who look at it. */
  view?(order: Order): Record<string, unknown>;
  /** Reports on the work so far, where one process is looked at. */
  report?(context: Context, order: Order): Promise<Record<string, unknown>>;
}

/** The services by their numbers. */
export type ServiceRegistry<Context> = ReadonlyMap<number, Service<Context>>;

/** @throws TypeError when two services have one number or name, or a number is none */
export function serviceRegistry<Context>(services: readonly Service<Context>[]): ServiceRegistry<Context> {
  const names = new Set(services.map(({ name }) => name));
  const registry = new Map(services.map((service) => [service.number, service]));
  if (names.size < services.length || registry.size < services.length) throw new TypeError('Two services are one');
  if (services.some(({ number }) => !Number.isInteger(number) || number < 1)) {
    throw new TypeError('The number of a service must be an integer from 1 on');
  }
  return registry;
}
