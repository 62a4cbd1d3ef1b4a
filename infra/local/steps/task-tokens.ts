import { z } from 'zod';
import { type Actions, ServiceError } from '../services/json-server.ts';
import type { Json } from '../template.ts';

interface Waiting {
  resolve(output: Json): void;
  reject(error: Error): void;
  heartbeat: NodeJS.Timeout | undefined;
}

const tokenSchema = z.object({ taskToken: z.string() });
const successSchema = z.object({ taskToken: z.string(), output: z.string() });
const failureSchema = z.object({
  taskToken: z.string(),
  error: z.string().default(''),
  cause: z.string().default(''),
});

/** Task tokens of states that wait for the outcome of their work. */
export class TaskTokens {
  readonly #waiting = new Map<string, Waiting>();

  /** Step Functions' actions for task tokens. */
  readonly actions: Actions = {
    'AWSStepFunctions.SendTaskHeartbeat': (input) => {
      this.#find(tokenSchema.parse(input).taskToken).heartbeat?.refresh();
      return {};
    },
    'AWSStepFunctions.SendTaskSuccess': (input) => {
      const { taskToken, output } = successSchema.parse(input);
      this.#find(taskToken).resolve(JSON.parse(output));
      return {};
    },
    'AWSStepFunctions.SendTaskFailure': (input) => {
      const { taskToken, error, cause } = failureSchema.parse(input);
      this.#find(taskToken).reject(stateError(error, cause));
      return {};
    },
  };

  /**
   * Waits for the outcome sent with a token.
   *
   * @param heartbeatSeconds the longest time without a heartbeat
   * @param over signal that ends the waiting, with its reason
   */
  async wait(token: string, heartbeatSeconds: number | undefined, over: AbortSignal): Promise<Json> {
    const { promise, resolve, reject } = Promise.withResolvers<Json>();
    const silent = () => reject(stateError('States.HeartbeatTimeout', `no heartbeat for ${heartbeatSeconds} s`));
    const heartbeat = heartbeatSeconds === undefined ? undefined : setTimeout(silent, heartbeatSeconds * 1000);
    const end = () => reject(over.reason);
    over.addEventListener('abort', end);
    this.#waiting.set(token, { resolve, reject, heartbeat });
    try {
      return await promise;
    } finally {
      this.#waiting.delete(token);
      over.removeEventListener('abort', end);
      clearTimeout(heartbeat);
    }
  }

  #find(token: string): Waiting {
    const waiting = this.#waiting.get(token);
    if (!waiting) throw new ServiceError('TaskTimedOut', 'Task Timed Out: no state waits for this token any more');
    return waiting;
  }
}

/** An error of a state: its name is what Retry and Catch compare. */
export function stateError(name: string, cause: string): Error {
  const error = new Error(cause);
  error.name = name;
  return error;
}
