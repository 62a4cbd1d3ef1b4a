import { setImmediate as nextTurn } from 'node:timers/promises';

/** Error of calls by a process that has died. */
class Crash extends Error {}

export interface CrashPlan {
  /** Number of the call from 1, counted from when the plan was made. */
  call: number;
  when: 'before' | 'after';
}

/**
 * Counts the calls that change something outside, and lets the process die before or after one of them: from then on each
 * of its calls fails, until it is started again.
 */
export class Crashes {
  /** Names of the calls that change something, since the last plan. */
  calls: string[] = [];
  #plan: CrashPlan | undefined;
  #dead = false;
  #underWay = 0;

  /** Forgets the calls so far. */
  plan(plan?: CrashPlan): void {
    this.calls = [];
    this.#plan = plan;
  }

  /** Whether the plan was carried out. */
  get happened(): boolean {
    return this.#plan !== undefined && this.calls.length >= this.#plan.call;
  }

  /** Runs one invocation of a function. @returns what it returned, or nothing when it died */
  async invoke<Result>(run: () => Promise<Result>): Promise<Result | undefined> {
    try {
      const result = await run();
      return this.#dead ? undefined : result;
    } catch (error) {
      if (!this.#dead) throw error;
      return undefined;
    } finally {
      if (this.#dead) await this.#restart();
    }
  }

  async around<Result>(name: string, call: () => Promise<Result>): Promise<Result> {
    this.#checkAlive();
    const isEffect = !/^(Get|BatchGet|Query|Scan|Head|List)/.test(name);
    if (isEffect) this.calls.push(name);
    const { call: planned, when } = this.#plan ?? {};
    const isPlanned = isEffect && this.calls.length === planned;
    if (isPlanned && when === 'before') this.#dead = true;
    this.#checkAlive();
    this.#underWay += 1;
    try {
      const result = await call();
      if (isPlanned && when === 'after') this.#dead = true;
      this.#checkAlive();
      return result;
    } finally {
      this.#underWay -= 1;
    }
  }

  #checkAlive(): void {
    if (this.#dead) throw new Crash('The process has died');
  }

  async #restart(): Promise<void> {
    do await nextTurn();
    while (this.#underWay > 0);
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    this.#dead = false;
  }
}
