import type { Process } from '../../calls.ts';
import type { ServerConnection } from '../websocket-api.ts';
import type { LiveWorld } from '../world.ts';

/** Answers that functions post: those of a connection come in the order of their requests. */
export class PostedAnswers {
  readonly #newest = new Map<string, number>();

  violationOf(
    { connectionId }: ServerConnection,
    text: string,
    { name, isAlive }: Process<undefined>,
  ): string | undefined {
    const { action, success, id } = JSON.parse(text);
    // Requests of a dead process may arrive at any time. A client that gives a request up sends its id once more.
    if (action !== 'note' || success !== true || !isAlive) return undefined;
    const newest = this.#newest.get(connectionId) ?? 0;
    this.#newest.set(connectionId, Math.max(newest, id));
    return id < newest ? `${name} answers ${connectionId} out of order: ${id} after ${newest}` : undefined;
  }
}

/** Requests that were carried out twice, out of order, or otherwise than their answers say. */
export function* disorderlyRequests({ gateway: { executions }, clients }: LiveWorld) {
  const carriedOut = new Map<unknown, number>();
  const newest = new Map<string, number>();
  for (const { connectionId, id, n } of executions) {
    carriedOut.set(n, (carriedOut.get(n) ?? 0) + 1);
    if (typeof id !== 'number') continue;
    const before = newest.get(connectionId) ?? 0;
    if (id <= before) yield `request ${id} of ${connectionId} is carried out after ${before}`;
    newest.set(connectionId, id);
  }
  for (const [n, count] of carriedOut) if (count > 1) yield `request ${n} is carried out ${count} times`;
  for (const { name, asked } of clients) {
    for (const { n, answer } of asked) {
      if (answer && answer.n !== n) yield `${name} gets ${JSON.stringify(answer)} for request ${n}`;
      if (answer && !carriedOut.has(n)) yield `request ${n} of ${name} is answered, and was not carried out`;
    }
  }
}

/** The last requests of clients that were connected at the end. */
export function* unansweredAtEnd({ clients, lastRequestsFrom }: LiveWorld) {
  for (const { name, asked, isOpen } of clients) {
    const last = asked.at(-1);
    if (isOpen && last && last.n >= lastRequestsFrom && !last.answer)
      yield `request ${last.n} of ${name} is not answered, although all is well`;
  }
}
