import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { Suspense, useState } from 'react';
import { Link } from 'react-router';
import { usePollNow } from '../../api/decide.ts';
import { type Status, useStatus } from '../../api/operate.ts';
import { messageStates } from '../../api/operate-shapes.ts';
import { lazily } from '../../app/lazily.tsx';
import { addressOf } from '../../app/navigation.ts';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Loading } from '../../components/loading.tsx';
import { Sentences } from '../../components/sentences.tsx';
import { Time } from '../../components/time.tsx';
import { useTexts } from '../../texts/texts.ts';
import { startOfHour } from './hours-shown.ts';
import { LastDay } from './last-day.tsx';

/** Loaded when somebody decides. */
const DecisionDialog = lazily(async () => ({
  default: (await import('../../components/decision-dialog.tsx')).DecisionDialog,
}));

/** Whether the gateway works, what waits, and what fails. */
export function Operations() {
  const { operate } = useTexts();
  const { data: status, error, refetch } = useStatus();
  const poll = usePollNow();
  if (error) return <ErrorAlert error={error} onRetry={refetch} />;
  if (!status) return <Loading />;
  const { healthy, problems, pause, portal, deadLetters } = status;
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header variant="h2" actions={<Actions isPaused={pause !== undefined} poll={poll} />}>
            {operate.operations}
          </Header>
        }
      >
        <SpaceBetween size="l">
          {poll.error && <ErrorAlert error={poll.error} />}
          <StatusIndicator type={healthy ? 'success' : 'warning'}>
            {healthy ? operate.healthy : operate.personShouldLook}
          </StatusIndicator>
          {problems.length > 0 && <Sentences sentences={problems} />}
          <KeyValuePairs
            columns={3}
            items={[
              { label: operate.messagesNotMarked, value: <States status={status} /> },
              {
                label: operate.openIncidents,
                value: <Link to={addressOf('incidents')}>{sum(status.incidents)}</Link>,
              },
              {
                label: operate.transfersUnderWay,
                value: (
                  <Link to={addressOf('transfers')}>
                    {operate.movingAndWaiting(status.transfers.slotsInUse, sum(status.transfers.waiting))}
                  </Link>
                ),
              },
              {
                label: operate.lastPoll,
                value: status.poll?.succeededAt === undefined ? '–' : <Time at={status.poll.succeededAt} />,
              },
              { label: operate.portal, value: portal.state ?? operate.answers },
              { label: operate.deadLetters, value: sum(deadLetters) },
            ]}
          />
        </SpaceBetween>
      </Container>
      <LastDay hours={status.hours} hour={startOfHour(Date.now())} />
    </SpaceBetween>
  );
}

const sum = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((total, count) => total + count, 0);

/** Numbers of messages by state, each with a link to them. */
function States({ status: { messages } }: { status: Status }) {
  const { operate } = useTexts();
  const some = messageStates.filter((state) => (messages.states[state] ?? 0) > 0);
  if (some.length === 0) return operate.none;
  return (
    <ul>
      {some.map((state) => (
        <li key={state}>
          <Link to={`${addressOf('messages')}?state=${state}`}>
            {messages.states[state]} {operate.messageStates[state]}
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Actions({ isPaused, poll }: { isPaused: boolean; poll: ReturnType<typeof usePollNow> }) {
  const { operate } = useTexts();
  /** Stays what was asked for, also when somebody else decides meanwhile. */
  const [asked, setAsked] = useState<'pause' | 'resume'>();
  const possible = isPaused ? 'resume' : 'pause';
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button disabled={isPaused} loading={poll.isPending} onClick={() => poll.mutate()}>
        {operate.pollNow}
      </Button>
      <Button onClick={() => setAsked(possible)}>{operate.decisions[possible]}</Button>
      {asked && (
        <Suspense>
          <DecisionDialog
            title={operate.decisions[asked]}
            planned={[operate.planned[asked]]}
            decision={{ path: asked }}
            onClose={() => setAsked(undefined)}
          />
        </Suspense>
      )}
    </SpaceBetween>
  );
}
