/** Milliseconds between two looks at the clock. */
const interval = 5_000;

/** Milliseconds without a look after which the machine or the page must have slept: as long as the server waits for a message. */
const sleepTime = 30_000;

/**
 * Calls back when the network is back, and when the machine or the page wakes up. The clock shows that: timers stop during sleep. Those
 * of a hidden page are late as well, so it is judged when it is shown again.
 *
 * @returns ends it
 */
export function onWakeUp(callback: () => void): () => void {
  let lookedAt = Date.now();
  const look = () => {
    const hasSlept = Date.now() - lookedAt > sleepTime;
    if (hasSlept && document.visibilityState === 'hidden') return;
    lookedAt = Date.now();
    if (hasSlept) callback();
  };
  const timer = setInterval(look, interval);
  addEventListener('online', callback);
  document.addEventListener('visibilitychange', look);
  return () => {
    clearInterval(timer);
    removeEventListener('online', callback);
    document.removeEventListener('visibilitychange', look);
  };
}
