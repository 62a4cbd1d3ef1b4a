/** Requests a second, and how many at once after a pause. */
export interface Throttle {
  rate: number;
  burst: number;
}

/**
 * A token bucket, as API Gateway counts by: it holds `burst` tokens at most and gets `rate` more each second.
 *
 * @param now milliseconds of a clock that never goes back
 * @returns takes a token; false when there is none
 */
export function tokenBucket({ rate, burst }: Throttle, now: () => number): () => boolean {
  let tokens = burst;
  let filledAt = now();
  return () => {
    const at = now();
    tokens = Math.min(burst, tokens + ((at - filledAt) / 1_000) * rate);
    filledAt = at;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
