import { Listeners } from '../../../../shared/live/client/listeners.ts';
import type { LogPlace, Message } from '../../../../shared/live/client/message.ts';
import { type ClientState, WebsocketClient } from '../../../../shared/live/client/websocket-client.ts';
import { fetchLiveToken } from '../api/live-token.ts';
import { onWakeUp } from './wake-up.ts';

interface FeedListener {
  /** @param isBack whether the connection was lost before, and everything missed has been asked for */
  onState(state: ClientState, isBack: boolean): void;
  onPush(push: Message): void;
  /** Pushes are lost for good, so everything has to be read anew. */
  onGap(): void;
}

/** The page's one client of the WebSocket API. */
export class LiveFeed {
  readonly #pushes = new Listeners<[Message]>();
  #client: WebsocketClient | undefined;
  #wasOpen = false;
  #wasLost = false;
  #stop = () => {};

  start(listener: FeedListener): void {
    // The client waits up to half a minute between two attempts, and as long before it takes a silent connection for dead. After an
    // interruption another one is worth an attempt at once.
    this.#stop = onWakeUp(() => {
      if (this.#client && this.#client.state !== 'closed') this.#connect(listener, this.#client.place);
    });
    this.#connect(listener, undefined);
  }

  stop(): void {
    this.#stop();
    const client = this.#client;
    this.#client = undefined;
    void client?.close();
  }

  /** @returns removes the callback */
  onPush(callback: (push: Message) => void): () => void {
    return this.#pushes.add(callback);
  }

  #connect(listener: FeedListener, from: LogPlace | undefined): void {
    const before = this.#client;
    let grant: Awaited<ReturnType<typeof fetchLiveToken>> | undefined;
    const client = new WebsocketClient(
      async () => {
        grant = await fetchLiveToken();
        return grant.url;
      },
      { token: () => ({ token: grant?.token, isForOnce: true }), progress: true, poll: true, ...(from && { from }) },
    );
    this.#client = client;
    void before?.close();
    client.onState((state) => {
      if (client !== this.#client) return;
      if (state === 'connecting') this.#wasLost = this.#wasOpen;
      listener.onState(state, state === 'open' && this.#wasLost);
      if (state !== 'open') return;
      this.#wasOpen = true;
      this.#wasLost = false;
    });
    client.onPush('*', (push) => {
      this.#pushes.call(push);
      listener.onPush(push);
    });
    client.onGap(() => listener.onGap());
    if (before) this.#wasLost = this.#wasOpen;
  }
}
