import { vi } from 'vitest';
import { LiveClient } from '../../live/live-client.ts';

const features = ['id', 'resume', 'presence', 'progress', 'poll'];

/**
 * Connects to the WebSocket API and does what needs all that its functions may do.
 *
 * @param token of an operator
 * @param day what happens while the connections are open
 * @returns waits for the ends that time and the watch bring, after the operator has signed out
 */
export async function playLive(url: string, token: string, day: () => Promise<void>): Promise<() => Promise<void>> {
  const silent = await LiveClient.connect(url);
  const strange = await LiveClient.connect(url);
  await strange.ask({ action: 'auth', token: 'none' });
  await strange.closed;
  const [first, second] = [await LiveClient.connect(url), await LiveClient.connect(url)];
  const place = await first.ask({ action: 'auth', token, features });
  await second.ask({ action: 'auth', token, features });
  // More than one at a time, so that some wait for their turn.
  for (const id of [1, 2, 3, 4]) first.send({ action: 'ping', id });
  await vi.waitFor(() => expectAnswers(first, 4), { timeout: 10_000 });
  await first.ask({ action: 'presence' });
  await first.ask({ action: 'auth', token });

  const alive = setInterval(() => {
    for (const client of [first, second]) client.send({ action: 'keepalive' });
  }, 10_000);
  await day();
  await vi.waitFor(() => expectPush(first), { timeout: 30_000, interval: 200 });
  second.send({ action: 'resume', epoch: place.epoch, offset: place.offset });
  await second.close();
  await silent.closed;
  return async () => {
    await first.closed;
    clearInterval(alive);
  };
}

function expectAnswers({ unread }: LiveClient, count: number): void {
  if (unread.length < count) throw new Error(`${unread.length} of ${count} answers`);
}

function expectPush({ unread }: LiveClient): void {
  if (!unread.some(({ push }) => push === true)) throw new Error('No event was pushed');
}
