import { expectedOf } from '../oracle.ts';
import type { World } from '../world.ts';

/** Problems that no fault explains. */
export function* programmingErrors({ gateway: { logged } }: { gateway: { logged: readonly string[] } }) {
  for (const line of logged) {
    if (/TypeError|ReferenceError|RangeError|ValidationException|not simulated/.test(line))
      yield `an error of the program: ${line}`;
  }
}

/** With so many attempts, and no mismatches to hold, whatever went wrong was to be got over. */
export function* heldForNothing({
  everHeld,
  everAwaited,
  changedObjects,
  taken,
  faults,
  gateway: { settings },
}: World) {
  const { maxAttempts, mismatchesPerHour, holdMismatchesOf, checksumTries } = settings;
  const { holds, uncertain } = expectedOf(taken);
  if (holds || everAwaited || changedObjects.length > 0 || uncertain.size > 0) return;
  // By such a clock a file has failed for an hour when it fails twice in a minute.
  if ('clock an hour off' in faults.counts) return;
  if (
    everHeld &&
    maxAttempts >= 50 &&
    checksumTries >= 50 &&
    mismatchesPerHour >= 1_000 &&
    holdMismatchesOf.length === 0
  )
    yield 'a message was held without need';
}
