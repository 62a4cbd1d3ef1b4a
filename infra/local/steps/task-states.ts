import { z } from 'zod';
import type { InvocationResult } from '../lambda/host.ts';
import { nameOf } from '../resources.ts';
import { ServiceError } from '../services/json-server.ts';
import type { Json } from '../template.ts';
import { type RunTask, runTaskSchema } from './ecs.ts';
import { stateError, type TaskTokens } from './task-tokens.ts';

/** Step Functions' limit for what passes between states, in bytes. */
const dataLimit = 256 * 1024;

/** Runners of the work of task states. */
export interface TaskRunners {
  invoke(functionId: string, payload: unknown): Promise<InvocationResult>;
  /** Starts a task, and waits for its end. @returns how it ended */
  runTask(request: RunTask): Promise<string>;
  tokens: TaskTokens;
}

/** Data of an execution in addition to the input of its states. */
export interface Run {
  /** Name of its current state. */
  token: string;
  /** Ends with the execution. */
  signal: AbortSignal;
}

/** Does a state's work. */
export type Task = (input: Json, run: Run) => Promise<Json>;

/** @throws ServiceError if the task is not served here */
export function taskOf(state: { Resource: string }, doing: TaskRunners): Task {
  if (state.Resource.endsWith(':states:::lambda:invoke')) return (input) => invoke(input, doing);
  if (state.Resource.endsWith(':states:::ecs:runTask.waitForTaskToken')) {
    const { HeartbeatSeconds } = z.object({ HeartbeatSeconds: z.number().optional() }).parse(state);
    return (input, run) => runTask(input, run, HeartbeatSeconds, doing);
  }
  throw new ServiceError('InvalidDefinition', `The local runner doesn't know the task ${state.Resource}`);
}

const invocationSchema = z.object({ FunctionName: z.string(), Payload: z.json().default({}) });

async function invoke(input: Json, doing: TaskRunners): Promise<Json> {
  const { FunctionName, Payload } = invocationSchema.parse(input);
  const { payload, functionError } = await doing.invoke(nameOf(FunctionName), Payload);
  // The cause of a function's error is its whole answer.
  if (functionError) throw stateError(functionError.errorType, payload);
  if (payload.length > dataLimit)
    throw stateError('States.DataLimitExceeded', `the task returned ${payload.length} bytes`);
  return { ExecutedVersion: '$LATEST', Payload: JSON.parse(payload), StatusCode: 200 };
}

/** A task that ends without an answer fails its state at once. AWS would only detect the missing heartbeats. */
async function runTask(
  input: Json,
  run: Run,
  heartbeatSeconds: number | undefined,
  { runTask, tokens }: TaskRunners,
): Promise<Json> {
  const ended = new AbortController();
  runTask(runTaskSchema.parse(input)).then(
    (how) => ended.abort(stateError('States.HeartbeatTimeout', `the task ended without an answer: ${how}`)),
    (error) => ended.abort(error),
  );
  return tokens.wait(run.token, heartbeatSeconds, AbortSignal.any([run.signal, ended.signal]));
}
