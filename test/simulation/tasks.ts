import { SendTaskFailureCommand, SendTaskHeartbeatCommand, SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import type { SimulatedFaults } from './faults.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './time.ts';

/** Faults of a task. */
export const taskFaults = ['task missing', 'task doubled', 'task late', 'task killed'] as const;

export interface StartedTask {
  token: string;
  input: object;
  /** Milliseconds since it was asked for. */
  delay: number;
  /** Whether no other task has the same work. */
  isAlone: boolean;
  /** Milliseconds after which it is killed, if it is. */
  life: number;
}

/** As in infra/files/send-task.ts, in milliseconds. */
const heartbeatTime = 600_000;

interface Waiting {
  settle: PromiseWithResolvers<object>;
  heardAt: number;
}

/** ECS, as a state of Step Functions has it run a task and waits for the task's word. */
export class Tasks {
  readonly #scheduler: Scheduler;
  readonly #faults: SimulatedFaults;
  readonly #random: Random;
  readonly #start: (task: StartedTask) => void;
  readonly #waiting = new Map<string, Waiting>();
  #count = 0;

  constructor(scheduler: Scheduler, faults: SimulatedFaults, random: Random, start: (task: StartedTask) => void) {
    this.#scheduler = scheduler;
    this.#faults = faults;
    this.#random = random;
    this.#start = start;
  }

  /** @throws Error when the task says so, or nothing for too long */
  run(input: object): Promise<object> {
    const token = `token-${++this.#count}`;
    const waiting = { settle: Promise.withResolvers<object>(), heardAt: this.#scheduler.now };
    this.#waiting.set(token, waiting);
    this.#watch(token, waiting);
    const fault = this.#faults.draw('task', taskFaults);
    const count = { 'task missing': 0, 'task doubled': 2 }[fault as string] ?? 1;
    for (let started = 0; started < count; started++) {
      const delay = 15_000 + this.#random.next() * (fault === 'task late' ? 900_000 : 90_000);
      const life = fault === 'task killed' ? this.#random.next() * 1_000 : Number.POSITIVE_INFINITY;
      this.#scheduler.after(delay, () => this.#start({ token, input, delay, isAlone: count === 1, life }));
    }
    return waiting.settle.promise;
  }

  /** @throws what Step Functions answers when nobody waits for the task */
  answer(command: object): object {
    const isWord = [SendTaskHeartbeatCommand, SendTaskSuccessCommand, SendTaskFailureCommand].some(
      (each) => command instanceof each,
    );
    if (!isWord) throw new Error(`${command.constructor.name} is not simulated`);
    const { input } = command as SendTaskHeartbeatCommand | SendTaskSuccessCommand | SendTaskFailureCommand;
    const { taskToken = '' } = input;
    const waiting = this.#waiting.get(taskToken);
    if (!waiting) throw Object.assign(new Error('nobody waits'), { name: 'TaskTimedOut' });
    waiting.heardAt = this.#scheduler.now;
    if (command instanceof SendTaskHeartbeatCommand) return {};
    this.#waiting.delete(taskToken);
    if (command instanceof SendTaskSuccessCommand) waiting.settle.resolve(JSON.parse(command.input.output ?? '{}'));
    else waiting.settle.reject(new Error('TaskFailed'));
    return {};
  }

  #watch(token: string, waiting: Waiting): void {
    const left = waiting.heardAt + heartbeatTime - this.#scheduler.now;
    this.#scheduler.after(left, () => {
      if (this.#waiting.get(token) !== waiting) return;
      if (waiting.heardAt + heartbeatTime > this.#scheduler.now) return this.#watch(token, waiting);
      this.#waiting.delete(token);
      waiting.settle.reject(new Error('States.HeartbeatTimeout'));
    });
  }
}
