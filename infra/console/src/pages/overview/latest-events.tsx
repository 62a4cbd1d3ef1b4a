import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';
import * as z from 'zod';
import { Empty } from '../../components/empty.tsx';
import { Id } from '../../components/id.tsx';
import { Time } from '../../components/time.tsx';
import { useLivePush } from '../../live/live.tsx';
import { useTexts } from '../../texts/texts.ts';

const pushed = z.object({
  event: z.object({ subject: z.string(), sequence: z.number(), event: z.string(), at: z.string() }),
});
type Event = z.infer<typeof pushed>['event'];

/** Rows that are kept. */
const longest = 50;

/** Events as they are pushed, the newest first. */
export function LatestEvents() {
  const { overview } = useTexts();
  const [events, setEvents] = useState<readonly Event[]>([]);
  useLivePush('event', (push) => {
    const { data } = pushed.safeParse(push);
    if (data) setEvents((before) => [data.event, ...before].slice(0, longest));
  });
  return (
    <Table
      header={<Header variant="h2">{overview.latest}</Header>}
      items={events}
      trackBy={({ subject, sequence }) => `${subject}#${sequence}`}
      empty={<Empty text={overview.latestEmpty} />}
      columnDefinitions={[
        { id: 'at', header: overview.time, cell: ({ at }) => <Time at={at} /> },
        { id: 'event', header: overview.what, cell: ({ event }) => event, isRowHeader: true },
        { id: 'subject', header: overview.subject, cell: ({ subject }) => <Id id={subject} /> },
      ]}
    />
  );
}
