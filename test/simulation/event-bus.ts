import type { EventBus } from '../../shared/platform/event-bus.ts';
import type { Calls, Process } from './calls.ts';
import type { SimulatedFaults } from './faults.ts';
import type { Settings } from './simulated-gateway.ts';

/** The bus for the centre's own systems, which may refuse some of what it is sent. */
export class SimulatedEventBus<Version = Settings> {
  /** Events as JSON, in the order of their arrival. */
  readonly published: string[] = [];
  readonly #calls: Calls<Version>;
  readonly #faults: SimulatedFaults;

  constructor(calls: Calls<Version>, faults: SimulatedFaults) {
    this.#calls = calls;
    this.#faults = faults;
  }

  /** The bus as one process has it. */
  seenBy(process: Process<Version>): EventBus {
    return {
      putEvents: (entries) =>
        this.#calls.make(process, {
          service: 'events',
          what: () => `PutEvents ${entries.length}`,
          perform: () => entries.map(({ detail }) => this.#put(detail)),
          lost: () => Object.assign(new Error('no answer'), { name: 'TimeoutError' }),
          busy: () => Object.assign(new Error('slow down'), { name: 'ThrottlingException' }),
        }),
    };
  }

  #put(detail: string): string | undefined {
    if (this.#faults.draw('event', ['event refused'])) return 'ThrottlingException: slow down';
    this.published.push(detail);
    return undefined;
  }
}
