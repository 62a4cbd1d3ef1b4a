import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { ExecutionsOptions } from '../../shared/workspaces/jobs/executions.ts';
import type { JobStep, JobStepInput } from '../../shared/workspaces/jobs/step.ts';
import type { Calls, Process } from './calls.ts';
import type { SimulatedFaults } from './faults.ts';
import type { Scheduler } from './time.ts';

export type JobStepName = 'launch' | 'watch' | 'end';

/** Runs a step as a function. @throws Error when it failed or ended early */
export type RunJobStep = (name: JobStepName, input: JobStepInput) => Promise<JobStep>;

/** Attempts of a step, and milliseconds before the second, as in infra/workspaces/job-machine.ts. */
const [attempts, firstPause] = [7, 2_000];

/** Looks are rarer than those of the gateway, so that jobs take less of a run's time. */
const slowness = 5;

/** Step Functions with the state machine of infra/workspaces/job-machine.ts. */
export class JobRuns {
  /** Inputs by name: a name stays taken when its execution is over. */
  readonly started = new Map<string, JobStepInput>();
  readonly #scheduler: Scheduler;
  readonly #faults: SimulatedFaults;
  readonly #run: RunJobStep;

  constructor(scheduler: Scheduler, faults: SimulatedFaults, run: RunJobStep) {
    this.#scheduler = scheduler;
    this.#faults = faults;
    this.#run = run;
  }

  /** Step Functions as one process has it. */
  seenBy(calls: Calls, process: Process): ExecutionsOptions['sfn'] {
    const send = (command: object): Promise<unknown> =>
      calls.make(process, {
        service: 'sfn',
        what: () => command.constructor.name,
        perform: () => this.#start(command),
        lost: () => Object.assign(new Error('no answer'), { name: 'TimeoutError' }),
        busy: () => Object.assign(new Error('slow down'), { name: 'ThrottlingException' }),
      });
    return { send: send as ExecutionsOptions['sfn']['send'] };
  }

  #start(command: object): object {
    if (!(command instanceof StartExecutionCommand)) throw new Error(`${command.constructor.name} is not simulated`);
    const { name = '', input = '' } = command.input;
    if (!this.started.has(name)) {
      const parsed: JobStepInput = JSON.parse(input);
      this.started.set(name, parsed);
      void this.#execute(parsed);
    }
    return { executionArn: name };
  }

  async #execute(input: JobStepInput): Promise<void> {
    let name: JobStepName = 'launch';
    for (let state: JobStepInput & { next?: string; pause?: number } = input; ; ) {
      try {
        const step = await this.#attempt(name, state);
        if (name === 'end' || step.next === 'stop') return;
        name = step.next;
        state = step;
        const pause = name === 'watch' ? Math.min(300, step.pause * slowness) : 0;
        await this.#scheduler.sleep(pause * 1_000);
      } catch (error) {
        if (name === 'end') return;
        name = 'end';
        state = { ...state, error: { Error: error instanceof Error ? error.name : 'unknown' } };
      }
    }
  }

  async #attempt(name: JobStepName, state: JobStepInput): Promise<JobStep> {
    for (let attempt = 1; ; attempt++) {
      // Step Functions calls once more when it gets no answer, though the function is at work.
      if (this.#faults.draw('job step', ['job step doubled'])) void this.#run(name, state).catch(() => {});
      try {
        return await this.#run(name, state);
      } catch (error) {
        if (attempt === attempts) throw error;
        await this.#scheduler.sleep(firstPause * 2 ** (attempt - 1));
      }
    }
  }
}
