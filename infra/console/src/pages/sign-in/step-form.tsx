import Button from '@cloudscape-design/components/button';
import Form from '@cloudscape-design/components/form';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type FormEvent, type ReactNode, useState } from 'react';
import { ErrorAlert } from '../../components/error-alert.tsx';

interface Props {
  intro: string;
  submit: string;
  /** Its rejection is shown above the button. */
  onSubmit(): Promise<unknown>;
  secondary?: ReactNode;
  children?: ReactNode;
}

/** A step of signing in: sends with Enter, waits for the answer, shows what went wrong. */
export function StepForm({ intro, submit, onSubmit, secondary, children }: Props) {
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (isBusy) return;
    setIsBusy(true);
    setError(undefined);
    try {
      await onSubmit();
    } catch (refusal) {
      setError(refusal);
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void send(event)}>
      <Form
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            {secondary}
            <Button variant="primary" formAction="submit" loading={isBusy}>
              {submit}
            </Button>
          </SpaceBetween>
        }
      >
        <SpaceBetween size="m">
          <p>{intro}</p>
          {children}
          {error !== undefined && <ErrorAlert error={error} />}
        </SpaceBetween>
      </Form>
    </form>
  );
}
