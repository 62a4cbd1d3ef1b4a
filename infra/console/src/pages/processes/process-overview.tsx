import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { ApiError } from '../../api/error.ts';
import {
  type Missing,
  missingIn,
  type Place,
  type Process,
  pressButton,
  type StepButton,
} from '../../api/processes.ts';
import { useChange } from '../../api/use-change.ts';
import { addressOf } from '../../app/navigation.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Id } from '../../components/id.tsx';
import { Sentences } from '../../components/sentences.tsx';
import { ServerText } from '../../components/server-text.tsx';
import { Time } from '../../components/time.tsx';
import { useTexts } from '../../texts/texts.ts';
import { ProcessStatus } from './process-status.tsx';

/** State of a process, what it lacks, and the steps that are the reader's. */
export function ProcessOverview({ place, process }: { place: Place; process: Process }) {
  const { processes } = useTexts();
  const navigate = useNavigate();
  const [deletion, setDeletion] = useState<StepButton>();
  const { mutate, error, isPending } = useChange('/processes', async (button: StepButton) => {
    await pressButton(place, button);
    // Before the page reads anew what is not there any more.
    if (isDeletion(button)) await navigate(addressOf(`processes/${place.projectID}`), { replace: true });
  });
  const refused = error instanceof ApiError ? missingIn(error.body) : [];
  const missing = textsOf(process.processErrors);
  const { statusName, flatProcessStatus, contractor, verification, reason, createdWhen, updatedWhen } = process;
  const press = (button: StepButton) => (isDeletion(button) ? setDeletion(button) : mutate(button));
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={<Steps buttons={process.processStatusButtons} isPending={isPending} onPress={press} />}
        >
          {processes.overview}
        </Header>
      }
    >
      <SpaceBetween size="l">
        {error && <ErrorAlert error={error} sentences={textsOf(refused)} />}
        {missing.length > 0 && (
          <Alert type="info" header={processes.missing}>
            <Sentences sentences={missing} />
          </Alert>
        )}
        <KeyValuePairs
          columns={3}
          items={[
            { label: processes.status, value: processes.statuses[statusName] ?? statusName },
            { label: processes.stepsTitle, value: <ProcessStatus status={flatProcessStatus} /> },
            { label: processes.contractor, value: <bdi>{contractor.name ?? '–'}</bdi> },
            { label: processes.process, value: <Id id={place.processID} /> },
            { label: processes.created, value: <Time at={createdWhen} /> },
            { label: processes.changed, value: <Time at={updatedWhen} /> },
            ...(reason === undefined ? [] : [{ label: processes.event, value: <bdi>{reason}</bdi> }]),
          ]}
        />
        {verification && verification.results.length > 0 && (
          <KeyValuePairs
            columns={2}
            items={verification.results.map(({ check, passed, message }) => ({
              label: `${processes.verification}: ${check}`,
              value: (
                <StatusIndicator type={passed ? 'success' : 'error'}>
                  {passed ? processes.passed : processes.notPassed}: <ServerText text={message} />
                </StatusIndicator>
              ),
            }))}
          />
        )}
      </SpaceBetween>
      {deletion && (
        <ConfirmDialog
          title={processes.deleteProcess}
          action={processes.deleteProcess}
          error={error}
          isPending={isPending}
          onConfirm={() => mutate(deletion)}
          onClose={() => setDeletion(undefined)}
        >
          {processes.confirmDelete}
        </ConfirmDialog>
      )}
    </Container>
  );
}

const textsOf = (missing: readonly Missing[]) => [...new Set(missing.map(({ message }) => message))];

const isDeletion = ({ action }: StepButton) => action.data.type === 'deleteProcess';

interface StepsProps {
  buttons: readonly StepButton[];
  isPending: boolean;
  onPress: (button: StepButton) => void;
}

/** Buttons of the steps. One that lacks something is shown, and says what when it is pressed. */
function Steps({ buttons, isPending, onPress }: StepsProps) {
  const { processes } = useTexts();
  const titleOf = (button: StepButton) => {
    const { type, targetStatus = '' } = button.action.data;
    if (isDeletion(button)) return processes.deleteProcess;
    return type === 'backstepStatus' ? processes.back : (processes.steps[targetStatus] ?? button.title);
  };
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {buttons.map((button) => (
        <Button
          key={`${button.action.data.type} ${button.action.data.targetStatus}`}
          disabled={isPending}
          variant={button.buttonVariant === 'primary' && button.active ? 'primary' : 'normal'}
          onClick={() => onPress(button)}
        >
          {titleOf(button)}
        </Button>
      ))}
    </SpaceBetween>
  );
}
