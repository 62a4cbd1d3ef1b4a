/** Milliseconds in which two signals count as one press of Ctrl-C: under npm the terminal and npm each send a signal. */
const samePress = 1_000;
const parentCheck = 500;

/**
 * Aborts at the first SIGINT, SIGTERM or SIGHUP, or when the npm that started this process is gone: a shell in between
 * passes nothing on. A second signal ends the process at once.
 */
export function untilStopped(): { signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  let first: number | undefined;
  const onSignal = (name: NodeJS.Signals) => {
    first ??= Date.now();
    if (Date.now() - first > samePress) process.exit(130);
    controller.abort(name);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, onSignal);

  const parent = process.ppid;
  const underNpm = process.env.npm_lifecycle_event !== undefined;
  const timer = setInterval(() => {
    if (underNpm && process.ppid !== parent) controller.abort('npm ended');
  }, parentCheck).unref();
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      clearInterval(timer);
      for (const name of signals) process.off(name, onSignal);
    },
  };
}
