/** A request that was refused, failed or did not arrive. The message is the gateway's own text for people, if it gave one. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** Status of the answer; 0 when there was none. */
  readonly status: number;
  /** Names the request in the gateway's logs. */
  readonly requestId: string | undefined;
  /** The answer's JSON, for refusals that say more than a text. */
  readonly body: unknown;

  constructor(
    message: string,
    {
      status,
      requestId,
      body,
      cause,
    }: { status: number; requestId?: string | undefined; body?: unknown; cause?: unknown },
  ) {
    super(message, { cause });
    this.status = status;
    this.requestId = requestId;
    this.body = body;
  }

  /** Whether the same request may succeed in a moment. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}
