import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { useState } from 'react';
import * as z from 'zod';
import { Empty } from '../../components/empty.tsx';
import { Id } from '../../components/id.tsx';
import { ServerText } from '../../components/server-text.tsx';
import { Time } from '../../components/time.tsx';
import { useLivePush } from '../../live/live.tsx';
import { useTexts } from '../../texts/texts.ts';

const pushed = z.object({
  event: z.object({ subject: z.string(), sequence: z.number(), event: z.string(), at: z.string() }),
});
type Event = z.infer<typeof pushed>['event'];

/** Rows that are kept. */
const longest = 50;

/** Events as they are pushed, the newest first. A list: a table would be an eighth of what the first page loads. */
export function LatestEvents() {
  const { overview } = useTexts();
  const [events, setEvents] = useState<readonly Event[]>([]);
  useLivePush('event', (push) => {
    const { data } = pushed.safeParse(push);
    if (data) setEvents((before) => [data.event, ...before].slice(0, longest));
  });
  return (
    <Container header={<Header variant="h2">{overview.latest}</Header>}>
      {events.length === 0 ? (
        <Empty text={overview.latestEmpty} />
      ) : (
        <ul className="events">
          {events.map(({ subject, sequence, event, at }) => (
            <li key={`${subject}#${sequence}`}>
              <Time at={at} /> <Id id={subject} /> <ServerText text={event} />
            </li>
          ))}
        </ul>
      )}
    </Container>
  );
}
