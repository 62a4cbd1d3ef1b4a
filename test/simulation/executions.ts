import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { TransferContext } from '../../shared/files/transfer-context.ts';
import type { Calls, Process } from './calls.ts';
import type { Tasks } from './tasks.ts';

/** Runs a step of the state machine. @throws Error when its function failed or ended early */
export type Step = (name: string, input: object) => Promise<object>;

const steps: Readonly<Record<string, string>> = {
  copy: 'Copy',
  send: 'Send',
  task: 'SendByTask',
  complete: 'Complete',
};

/** Step Functions with the state machine of infra/files/transfer.ts. */
export class Executions {
  /** Inputs by name: a name stays taken when its execution is over. */
  readonly started = new Map<string, string>();
  /** Inputs of those whose start had no answer: who started them may take it that they did not begin. */
  readonly unanswered: string[] = [];
  readonly #run: Step;
  readonly #tasks: Tasks;

  constructor(run: Step, tasks: Tasks) {
    this.#run = run;
    this.#tasks = tasks;
  }

  /** Step Functions as one process has it. */
  seenBy(calls: Calls, process: Process): TransferContext['sfn'] {
    const send = (command: object): Promise<unknown> => {
      const answer = calls.make(process, {
        service: 'sfn',
        what: () => command.constructor.name,
        perform: () => this.#start(command),
        lost: () => Object.assign(new Error('no answer'), { name: 'TimeoutError' }),
        busy: () => Object.assign(new Error('slow down'), { name: 'ThrottlingException' }),
      });
      if (command instanceof StartExecutionCommand) answer.catch(() => this.unanswered.push(command.input.input ?? ''));
      return answer;
    };
    return { send: send as TransferContext['sfn']['send'] };
  }

  #start(command: object): object {
    if (!(command instanceof StartExecutionCommand)) return this.#tasks.answer(command);
    const { name = '', input = '' } = command.input;
    const former = this.started.get(name);
    if (former === undefined) void this.#execute(JSON.parse(input));
    else if (former !== input) throw Object.assign(new Error('the name is taken'), { name: 'ExecutionAlreadyExists' });
    this.started.set(name, input);
    return { executionArn: name };
  }

  async #execute(input: object): Promise<void> {
    let state: object = input;
    try {
      for (let step: string | undefined = 'Prepare'; step !== undefined; step = this.#after(state)) {
        state = await (step === 'SendByTask' ? this.#tasks.run(state) : this.#run(step, state));
        if (step === 'Complete') return;
      }
    } catch (error) {
      const failed = { ...state, error: { Error: error instanceof Error ? error.name : 'unknown' } };
      await this.#run('Fail', failed).catch(() => {});
    }
  }

  /** @returns nothing at the end */
  #after(state: object): string | undefined {
    const next = 'next' in state ? String(state.next) : '';
    if (next === 'stop') return undefined;
    const step = steps[next];
    if (step === undefined) throw new Error(`There is no step ${next}`);
    return step;
  }
}
