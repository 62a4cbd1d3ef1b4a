import type { Portal } from '../../shared/portal/client.ts';

/** One call to the world outside: an AWS command or a call of the portal, numbered in the order of their beginning. */
export interface OutsideCall {
  number: number;
  /** `TransactWriteItemsCommand`, `markMessage` and the like. */
  name: string;
  input: unknown;
}

/** Whether a call reads an item with this value in its key, by whichever command. */
export const readsItem = ({ name, input }: OutsideCall, id: string) =>
  /GetItem/.test(name) && JSON.stringify(input).includes(`"${id}"`);

type Watcher = (call: OutsideCall) => void | Promise<void>;
const nothing: Watcher = () => {};

/** A process that ended in the middle of its work. */
class Crash extends Error {}

/** Where tests can look at every call to the outside, and make it fail before or after it took effect. */
export class Outside {
  /** Called before each call; what it throws is what the caller gets. */
  before = nothing;
  /** Called when the call has taken effect. */
  after = nothing;
  #count = 0;
  #repeated: number | undefined;

  /** @param perform does the call; with `true` as an SDK that gets no answer, and repeats it */
  async pass<Result>(name: string, input: unknown, perform: (isRepeated: boolean) => Promise<Result>): Promise<Result> {
    const call = { number: ++this.#count, name, input };
    await this.before(call);
    const result = await perform(call.number === this.#repeated);
    await this.after(call);
    return result;
  }

  /** Nothing fails any more. */
  heal(): void {
    this.before = nothing;
    this.after = nothing;
    this.#repeated = undefined;
  }

  /**
   * The process ends before or after its call of this number, counted from now: nothing that it tries afterwards gets through.
   * After a call that is refused it goes on to the next one.
   *
   * @returns whether it came to that
   */
  crashAt(number: number, when: 'before' | 'after'): () => boolean {
    let dead = false;
    const at = this.#count + number;
    const maybeDie = (moment: typeof when) => (call: OutsideCall) => {
      dead ||= call.number >= at && moment === when;
      if (dead) throw new Crash(`${when} call ${number}, ${call.name}`);
    };
    this.before = maybeDie('before');
    this.after = maybeDie('after');
    return () => dead;
  }

  /** One call fails, before or after it took effect; all others get through. @returns whether it came to that */
  failAt(number: number, when: 'before' | 'after'): () => boolean {
    let failed = false;
    const at = this.#count + number;
    const maybeFail = (call: OutsideCall) => {
      if (call.number !== at) return;
      failed = true;
      throw new Error(`no answer to call ${number}, ${call.name}`);
    };
    this[when] = maybeFail;
    return () => failed;
  }

  /** Something else happens before the call of this number, counted from now. @returns whether it came to that */
  beforeCall(number: number, happen: () => Promise<unknown>): () => boolean {
    let count = 0;
    this.before = async () => {
      count += 1;
      if (count !== number) return;
      this.before = nothing;
      await happen();
    };
    return () => count >= number;
  }

  /** The answer to a command of DynamoDB is lost, and the SDK repeats it. @returns whether it came to that */
  repeatAt(number: number): () => boolean {
    const at = this.#count + number;
    this.#repeated = at;
    return () => this.#count >= at;
  }

  /** The portal, with its calls watched. */
  watchPortal(portal: Portal): Portal {
    const pass = this.pass.bind(this);
    return {
      ...portal,
      async *listMessages(signal) {
        await pass('listMessages', undefined, async () => {});
        yield* portal.listMessages(signal);
      },
      markMessage: (id) => pass('markMessage', id, () => portal.markMessage(id)),
      createUserAccess: (access) => pass('createUserAccess', access, () => portal.createUserAccess(access)),
      resetPassword: (id, password) => pass('resetPassword', id, () => portal.resetPassword(id, password)),
    };
  }
}
