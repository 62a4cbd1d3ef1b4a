import { StateMachine } from 'aws-local-stepfunctions';
import { z } from 'zod';
import { type Actions, ServiceError } from './json-server.ts';
import type { Outcome } from './lambda-host.ts';
import { account, nameOf, type Resource, region, stateMachineName } from './resources.ts';

/** Step Functions' limit for what passes between states, in bytes. */
const dataLimit = 256 * 1024;
/** A task without a limit runs as long as it likes; the library would end it after 60 s. In seconds, some 23 days. */
const noTimeout = 2_000_000;

type Invoke = (functionId: string, payload: unknown) => Promise<Outcome>;
type Definition = ConstructorParameters<typeof StateMachine>[0];
type State = Definition['States'][string];
type Handlers = NonNullable<
  NonNullable<NonNullable<Parameters<StateMachine['run']>[1]>['overrides']>['taskResourceLocalHandlers']
>;
type StateInput = Parameters<Handlers[string]>[0];

export interface Execution {
  stateMachineArn: string;
  executionArn: string;
  name: string;
  input: string;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED';
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
  /** Aborts what runs. */
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
 * State machines whose task states invoke functions. Executions are in memory; a name stays taken as long as this process
 * lives, as it does for 90 days in AWS.
 */
export function createStepFunctions(
  resources: Resource[],
  invoke: Invoke,
  onEnd: (execution: Execution) => void,
): StepFunctions {
  const machines = new Map(
    resources.map(({ id, properties }) => [
      stateMachineName(id, properties),
      machineOf(propertiesSchema.parse(properties).DefinitionString, invoke),
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

function machineOf(definitionString: string, invoke: Invoke): (input: StateInput) => ReturnType<StateMachine['run']> {
  const definition: Definition = JSON.parse(definitionString);
  const taskResourceLocalHandlers: Handlers = {};
  for (const [name, state] of Object.entries(definition.States)) {
    if (state.Type !== 'Task') continue;
    if (!('TimeoutSecondsPath' in state)) state.TimeoutSeconds ??= noTimeout;
    taskResourceLocalHandlers[name] = taskOf(state, invoke);
  }
  const machine = new StateMachine(definition);
  return (input) => machine.run(input, { overrides: { taskResourceLocalHandlers } });
}

const invocationSchema = z.object({ FunctionName: z.string(), Payload: z.json().default({}) });

function taskOf(state: Extract<State, { Type: 'Task' }>, invoke: Invoke): Handlers[string] {
  if (!state.Resource.endsWith(':states:::lambda:invoke')) {
    throw new ServiceError('InvalidDefinition', `The local runner doesn't know the task ${state.Resource}`);
  }
  return async (input) => {
    const { FunctionName, Payload } = invocationSchema.parse(input);
    const { payload, functionError } = await invoke(nameOf(FunctionName), Payload);
    if (functionError) throw stateError(functionError.errorType, payload);
    if (payload.length > dataLimit)
      throw stateError('States.DataLimitExceeded', `the task returned ${payload.length} bytes`);
    return { ExecutedVersion: '$LATEST', Payload: JSON.parse(payload), StatusCode: 200 };
  };
}

/** The name of an error is what Retry and Catch compare; the cause of a function's error is its whole answer. */
function stateError(name: string, cause: string): Error {
  const error = new Error(cause);
  error.name = name;
  return error;
}

function failureOf(error: unknown): Partial<Execution> {
  if (error instanceof Error && error.name === 'ExecutionAbortedError') return { status: 'ABORTED' };
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const [name, message] = cause instanceof Error ? [cause.name, cause.message] : ['States.Runtime', String(cause)];
  return { status: 'FAILED', error: name, cause: message };
}
