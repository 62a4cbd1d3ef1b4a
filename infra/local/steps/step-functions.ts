import { randomUUID } from 'node:crypto';
import { StateMachine } from 'aws-local-stepfunctions';
import { z } from 'zod';
import { account, nameOf, region, type ServedResource, stateMachineName } from '../resources.ts';
import { type Actions, ServiceError } from '../services/json-server.ts';
import { type Run, type Task, type TaskRunners, taskOf } from './task-states.ts';
import { stateError } from './task-tokens.ts';

/** Timeout of tasks without a limit, in seconds: about 23 days. The library's default would end them after 60 s. */
const noTimeout = 2_000_000;

type Definition = ConstructorParameters<typeof StateMachine>[0];
type Handlers = NonNullable<
  NonNullable<NonNullable<Parameters<StateMachine['run']>[1]>['overrides']>['taskResourceLocalHandlers']
>;
type StateInput = Parameters<Handlers[string]>[0];

export interface Execution {
  stateMachineArn: string;
  executionArn: string;
  name: string;
  input: string;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  startDate: number;
  stopDate?: number;
  output?: string;
  error?: string;
  cause?: string;
}

export interface StepFunctions {
  actions: Actions;
  /** How many executions run now. */
  readonly running: number;
  /** Aborts running executions. */
  stop(): void;
}

const propertiesSchema = z.object({ DefinitionString: z.string() });
const startSchema = z.object({
  stateMachineArn: z.string(),
  name: z.string().max(80).optional(),
  input: z.string().default('{}'),
});
const executionSchema = z.object({ executionArn: z.string() });

/**
 * State machines whose task states invoke functions and run tasks. Executions are in memory; a name stays taken as long as this
 * process lives, as it does for 90 days in AWS.
 */
export function createStepFunctions(
  resources: ServedResource[],
  doing: TaskRunners,
  onEnd: (execution: Execution) => void,
): StepFunctions {
  const machines = new Map(
    resources.map(({ id, properties }) => [
      stateMachineName(id, properties),
      machineOf(propertiesSchema.parse(properties).DefinitionString, doing),
    ]),
  );
  const executions = new Map<string, Execution>();
  const aborts = new Map<string, () => void>();

  function start(request: z.infer<typeof startSchema>): Execution {
    const { stateMachineArn, name = crypto.randomUUID(), input } = request;
    const machineName = nameOf(stateMachineArn);
    const machine = machines.get(machineName);
    if (!machine) throw new ServiceError('StateMachineDoesNotExist', `${stateMachineArn} does not exist`);
    const executionArn = `arn:aws:states:${region}:${account}:execution:${machineName}:${name}`;
    const former = executions.get(executionArn);
    if (former?.status === 'RUNNING' && former.input === input) return former;
    if (former) throw new ServiceError('ExecutionAlreadyExists', `Execution Already Exists: '${executionArn}'`);

    const { result, abort } = machine(parseInput(input));
    const startDate = Date.now() / 1000;
    const execution: Execution = { stateMachineArn, executionArn, name, input, status: 'RUNNING', startDate };
    executions.set(executionArn, execution);
    aborts.set(executionArn, abort);
    result
      .then(
        (output) => Object.assign(execution, { status: 'SUCCEEDED', output: JSON.stringify(output) }),
        (error: unknown) => Object.assign(execution, failureOf(error)),
      )
      .then(() => {
        execution.stopDate = Date.now() / 1000;
        aborts.delete(executionArn);
        onEnd(execution);
      });
    return execution;
  }

  function find(executionArn: string): Execution {
    const execution = executions.get(executionArn);
    if (!execution) throw new ServiceError('ExecutionDoesNotExist', `${executionArn} does not exist`);
    return execution;
  }

  return {
    actions: {
      ...doing.tokens.actions,
      'AWSStepFunctions.StartExecution': (input) => {
        const { executionArn, startDate } = start(startSchema.parse(input));
        return { executionArn, startDate };
      },
      'AWSStepFunctions.DescribeExecution': (input) => find(executionSchema.parse(input).executionArn),
      'AWSStepFunctions.StopExecution': (input) => {
        const { executionArn } = find(executionSchema.parse(input).executionArn);
        aborts.get(executionArn)?.();
        return { stopDate: Date.now() / 1000 };
      },
    },
    get running() {
      return aborts.size;
    },
    stop() {
      for (const abort of aborts.values()) abort();
    },
  };
}

function parseInput(input: string): StateInput {
  try {
    return JSON.parse(input);
  } catch {
    throw new ServiceError('InvalidExecutionInput', 'the input of an execution must be JSON');
  }
}

function machineOf(
  definitionString: string,
  doing: TaskRunners,
): (input: StateInput) => ReturnType<StateMachine['run']> {
  const definition: Definition = JSON.parse(definitionString);
  const tasks: [string, Task][] = [];
  for (const [name, state] of Object.entries(definition.States)) {
    if (state.Type !== 'Task') continue;
    if (!('TimeoutSecondsPath' in state)) state.TimeoutSeconds ??= noTimeout;
    tasks.push([name, taskOf(state, doing)]);
  }
  const machine = new StateMachine(definition);
  return (input) => {
    const over = new AbortController();
    const run: Run = { token: '', signal: over.signal };
    const handlers: Handlers = Object.fromEntries(tasks.map(([name, task]) => [name, (each) => task(each, run)]));
    const { result, ...execution } = machine.run(input, {
      overrides: { taskResourceLocalHandlers: handlers },
      context: { Task: contextOf(run) },
    });
    const ended = () => over.abort(stateError('States.Timeout', 'the execution has ended'));
    return { ...execution, result: result.finally(ended) };
  };
}

/**
 * The context object of a state. Reading the token, which a state does just before its work begins, creates a new one each
 * time.
 */
function contextOf(run: Run) {
  return {
    get Token() {
      run.token = randomUUID();
      return run.token;
    },
  };
}

function failureOf(error: unknown): Partial<Execution> {
  if (error instanceof Error && error.name === 'ExecutionAbortedError') return { status: 'ABORTED' };
  if (error instanceof Error && error.name === 'ExecutionTimeoutError') return { status: 'TIMED_OUT' };
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const [name, message] = cause instanceof Error ? [cause.name, cause.message] : ['States.Runtime', String(cause)];
  return { status: 'FAILED', error: name, cause: message };
}
