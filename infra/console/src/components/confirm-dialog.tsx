import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type ReactNode, useId } from 'react';
import { useTexts } from '../texts/texts.ts';
import { ErrorAlert } from './error-alert.tsx';

interface Props {
  title: string;
  /** The word on the button that does it. */
  action: string;
  children: ReactNode;
  error?: unknown;
  isPending: boolean;
  disabled?: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something is done, or for what it needs. Enter in a field does it. */
export function ConfirmDialog(props: Props) {
  const { title, action, children, error, isPending, disabled = false, onConfirm, onClose } = props;
  const { common, processes } = useTexts();
  const form = useId();
  return (
    <Modal
      visible
      header={title}
      closeAriaLabel={common.close}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              {processes.cancel}
            </Button>
            <Button variant="primary" form={form} formAction="submit" loading={isPending} disabled={disabled}>
              {action}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        id={form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!isPending && !disabled) onConfirm();
        }}
      >
        <SpaceBetween size="m">
          {error != null && <ErrorAlert error={error} />}
          <div>{children}</div>
        </SpaceBetween>
      </form>
    </Modal>
  );
}
