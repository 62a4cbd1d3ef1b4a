import { PermanentError } from '../platform/errors.ts';

/** An answer to a request. The body is sent as JSON, unless it is a Buffer: then as it is, with the headers' content type. */
export interface Answer<Status extends number = number, Body = unknown> {
  readonly status: Status;
  readonly body?: Body;
  /** Further headers, by lower-case name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Values of `Set-Cookie`. */
  readonly cookies?: readonly string[];
}

/** @param headers further headers, by lower-case name */
export const answer = <const Status extends number, const Body>(
  status: Status,
  body: Body,
  headers?: Readonly<Record<string, string>>,
): Answer<Status, Body> => ({ status, body, ...(headers && { headers }) });

/** Ends the work on a request with an answer. The answer is what the client gets. */
export class Refusal extends PermanentError {
  override readonly name = 'Refusal';
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`Refused with status ${answer.status}`);
    this.answer = answer;
  }
}
