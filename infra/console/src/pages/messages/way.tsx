import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Steps, { type StepsProps } from '@cloudscape-design/components/steps';
import type { MessageDetail } from '../../api/operate.ts';
import { ServerText } from '../../components/server-text.tsx';
import { Time } from '../../components/time.tsx';
import { useTexts } from '../../texts/texts.ts';
import { EventText } from '../history/event-text.tsx';

interface Step extends StepsProps.Step {
  at: number;
}

/** The way of a message from poll to mark, by time. */
export function Way({ message }: { message: MessageDetail }) {
  const { operate } = useTexts();
  const { timestamp, receivedAt, settledAt, markedAt, incidents, events, areMoreEvents } = message;
  const step = (at: number, status: StepsProps.Status, header: string, details?: Step['details']): Step => ({
    at,
    status,
    header: <span>{header}</span>,
    details: (
      <>
        <Time at={at} /> {details}
      </>
    ),
  });
  const sent = timestamp === undefined ? Number.NaN : Date.parse(timestamp);
  const steps = [
    ...(Number.isNaN(sent) ? [] : [step(Math.min(sent, receivedAt), 'success', operate.way.sent)]),
    step(receivedAt, 'success', operate.way.received),
    ...incidents.map(({ firstSeenAt, kind, found }) =>
      step(
        firstSeenAt,
        'warning',
        operate.way.incident(operate.kinds[kind as keyof typeof operate.kinds] ?? kind),
        <ServerText text={found} />,
      ),
    ),
    ...events.map((event) => step(event.at, 'info', operate.way.event, <EventText event={event} />)),
    ...(settledAt === undefined ? [] : [step(settledAt, 'success', operate.way.settled)]),
    ...(markedAt === undefined ? [] : [step(markedAt, 'success', operate.way.marked)]),
  ].toSorted((one, other) => one.at - other.at);
  return (
    <Container header={<Header variant="h2">{operate.way.title}</Header>}>
      <Steps steps={steps} ariaLabel={operate.way.title} />
      {areMoreEvents && <p>{operate.way.more}</p>}
    </Container>
  );
}
