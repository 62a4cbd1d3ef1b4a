import { type Query, type QueryClient, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react';
import type { Message } from '../../../../shared/live/client/message.ts';
import type { ClientState } from '../../../../shared/live/client/websocket-client.ts';
import { sessionKey } from '../api/session.ts';
import { LiveFeed } from './live-feed.ts';
import { subjectsOf } from './topics.ts';

interface Live {
  readonly state: ClientState;
  /** When the connection came back after it was lost, in milliseconds since 1970. */
  readonly caughtUpAt: number | undefined;
  readonly feed: LiveFeed;
}

const LiveContext = createContext<Live | undefined>(undefined);

/** Keeps a connection to the WebSocket API while somebody is signed in, and reads anew what its pushes are about. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [state, setState] = useState<ClientState>('connecting');
  const [caughtUpAt, setCaughtUpAt] = useState<number>();
  const feed = useMemo(() => new LiveFeed(), []);
  useEffect(() => {
    feed.start({
      onState(next, isBack) {
        setState(next);
        if (next === 'closed') void client.invalidateQueries({ queryKey: sessionKey });
        if (isBack) setCaughtUpAt(Date.now());
      },
      onPush: (push) => readAnew(client, subjectsOf(push)),
      onGap: () => void client.invalidateQueries(),
    });
    return () => feed.stop();
  }, [feed, client]);
  const live = useMemo(() => ({ state, caughtUpAt, feed }), [state, caughtUpAt, feed]);
  return <LiveContext value={live}>{children}</LiveContext>;
}

function readAnew(client: QueryClient, subjects: readonly string[]): void {
  if (subjects.length === 0) return;
  const isAbout = ({ meta }: Query) =>
    Array.isArray(meta?.live) &&
    meta.live.some((beginning) => subjects.some((subject) => subject.startsWith(beginning)));
  // A request that is under way may have read the rows of before.
  void client.invalidateQueries({ predicate: isAbout });
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
