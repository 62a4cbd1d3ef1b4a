import { answer, Refusal } from '../api/answer.ts';
import { PermanentError } from '../platform/errors.ts';
import { pythonRepr } from '../platform/python-repr.ts';

/** Refuses a request, in the format of the documented API. */
export const refuse = (status: number, message: string, headers?: Record<string, string>): Refusal =>
  new Refusal(answer(status, { success: false, message }, headers));

/** An account may no longer use a project. The text gives the reason. */
export class NotAllowedError extends PermanentError {
  override readonly name = 'NotAllowedError';
}

/** A workspace is not in a state for what is asked. */
export class NotReadyError extends PermanentError {
  override readonly name = 'NotReadyError';

  constructor(workspaceId: number) {
    super(`Workspace ${workspaceId} is not ready.`);
  }
}

/** A user or a project would use more than its limits. */
export class LimitExceededError extends PermanentError {
  override readonly name = 'LimitExceededError';
  /** A text for each limit. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('; '));
    this.problems = problems;
  }
}

/** Refuses a start because of its options or of limits. */
export const invalidOptions = (problems: readonly string[]): Refusal =>
  refuse(422, `Invalid resource options found: ${pythonRepr(problems)}`);

/** Carries out a request. @throws Refusal in place of errors that the request causes */
export async function refusing<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LimitExceededError) {
      throw refuse(422, `Workspace limits exceeded: ${pythonRepr(error.problems)}`);
    }
    if (error instanceof NotReadyError) throw refuse(409, error.message);
    if (error instanceof NotAllowedError) throw refuse(403, error.message);
    throw error;
  }
}

export const workspaceNotFound = (id: number | string): Refusal => refuse(404, `Workspace ${id} not found for user.`);
export const jobNotFound = (id: number | string): Refusal => refuse(404, `Job ${id} not found for user.`);
export const invalidPutType = (): Refusal => refuse(400, 'Invalid PUT type passed.');
