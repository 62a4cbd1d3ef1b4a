import type { SentMessage } from './history.ts';
import type { Random } from './random.ts';
import type { SimulatedGateway } from './simulated-gateway.ts';
import type { Scheduler } from './time.ts';

/** A one-time password that the centre was given to make an account with. */
interface Taken {
  accessIdentifier: string;
  oneTimePassword: string;
}

/** The centre's provisioning side, which asks for one-time passwords: of accesses that are there, or not yet, or not any more. */
export class Provisioning {
  /** Received passwords, in order. */
  readonly taken: Taken[] = [];
  readonly #random: Random;
  readonly #accessIdentifiers: readonly string[];
  /** How probable it is that it asks for a password within a minute, 0 to 1. */
  readonly #zeal: number;

  constructor(random: Random, sent: Iterable<SentMessage>) {
    this.#random = random;
    this.#zeal = random.pick([0, 0, 0.1, 0.5]);
    this.#accessIdentifiers = [...new Set([...sent].flatMap(({ content }) => accessesOf(content)))];
  }

  /** Asks for some passwords in the next minute: some of them while functions answer what the minute's poll brought. */
  work(scheduler: Scheduler, gateway: SimulatedGateway): void {
    for (const accessIdentifier of this.#accessIdentifiers) {
      if (!this.#random.chance(this.#zeal)) continue;
      const within = this.#random.pick([4_000, 60_000]);
      scheduler.after(this.#random.next() * within, () => void this.#take(gateway, accessIdentifier));
    }
  }

  async #take(gateway: SimulatedGateway, accessIdentifier: string): Promise<void> {
    const answer = await gateway.takePassword(accessIdentifier);
    if (answer) this.taken.push({ accessIdentifier, oneTimePassword: answer.oneTimePassword });
  }
}

const accessesOf = (content: SentMessage['content']) =>
  content && 'accessIdentifier' in content.data ? [content.data.accessIdentifier] : [];
