import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react';
import type { Message } from '../../../../shared/live/client/message.ts';
import type { ClientState } from '../../../../shared/live/client/websocket-client.ts';
import { sessionKey } from '../api/session.ts';
import { LiveFeed } from './live-feed.ts';
import { Rereading } from './rereading.ts';
import { subjectsOf } from './topics.ts';

interface Live {
  readonly state: ClientState;
  /** When the connection came back after it was lost, in milliseconds since 1970. */
  readonly caughtUpAt: number | undefined;
  readonly feed: LiveFeed;
}

/** Milliseconds in which the mark of a message follows its last event, and is none itself. */
const markTime = 2_000;

const LiveContext = createContext<Live | undefined>(undefined);

/** Keeps a connection to the WebSocket API while somebody is signed in, and reads anew what its pushes are about. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [state, setState] = useState<ClientState>('connecting');
  const [caughtUpAt, setCaughtUpAt] = useState<number>();
  const feed = useMemo(() => new LiveFeed(), []);
  useEffect(() => {
    const rereading = new Rereading(client);
    let wasOpen = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    feed.start({
      onState(next, isBack) {
        setState(next);
        if (next === 'closed') void client.invalidateQueries({ queryKey: sessionKey });
        if (isBack) setCaughtUpAt(Date.now());
        // Pushes begin with the first connection: nothing tells what changed between a request and it.
        if (next === 'open' && !wasOpen) rereading.all();
        wasOpen ||= next === 'open';
      },
      onPush(push) {
        rereading.about(subjectsOf(push));
        if (push.action !== 'event') return;
        clearTimeout(timer);
        timer = setTimeout(() => rereading.about(['gateway']), markTime);
      },
      onGap: () => void client.invalidateQueries(),
    });
    return () => {
      clearTimeout(timer);
      feed.stop();
    };
  }, [feed, client]);
  const live = useMemo(() => ({ state, caughtUpAt, feed }), [state, caughtUpAt, feed]);
  return <LiveContext value={live}>{children}</LiveContext>;
}

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error('Nobody is signed in');
  return live;
}

/** Calls back with each push, as long as the component is shown. @param action such as `event` or `progress`; `*` for all */
export function useLivePush(action: string, callback: (push: Message) => void): void {
  const { feed } = useLive();
  const latest = useRef(callback);
  useEffect(() => {
    latest.current = callback;
  });
  useEffect(
    () =>
      feed.onPush((push) => {
        if (action === '*' || push.action === action) latest.current(push);
      }),
    [feed, action],
  );
}
