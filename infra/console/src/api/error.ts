/** A request that was refused, failed or did not arrive. The texts are the gateway's own for people, if it gave any. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly texts: readonly string[];
  /** Status of the answer; 0 when there was none. */
  readonly status: number;
  /** Names the request in the gateway's logs. */
  readonly requestId: string | undefined;
  /** The answer's JSON, for refusals that say more than a text. */
  readonly body: unknown;

  constructor(
    texts: readonly string[],
    {
      status,
      requestId,
      body,
      cause,
    }: { status: number; requestId?: string | undefined; body?: unknown; cause?: unknown },
  ) {
    super(texts.join(': '), { cause });
    this.texts = texts;
    this.status = status;
    this.requestId = requestId;
    this.body = body;
  }

  /** Whether the same request may succeed in a moment. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}
