import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { type Decision, useDecision } from '../api/decide.ts';
import { useTexts } from '../texts/texts.ts';
import { ErrorAlert } from './error-alert.tsx';
import { Sentences } from './sentences.tsx';
import { useLength } from './use-length.ts';

/** Most characters of a reason. */
const longestReason = 500;

interface Props {
  title: string;
  /** Effect of the decision, as it was last read. */
  planned: readonly string[];
  decision: Decision;
  onClose: () => void;
}

/** Asks for the reason of a decision, carries it out, and says what was done. */
export function DecisionDialog({ title, planned, decision, onClose }: Props) {
  const { operate, common } = useTexts();
  const [reason, setReason] = useState('');
  const { mutate, data, error, isPending } = useDecision();
  const isGiven = /[\p{L}\p{N}]/u.test(reason);
  const { isTooLong, field } = useLength(reason.trim(), longestReason);
  const buttons = data ? (
    <Button variant="primary" onClick={onClose}>
      {common.close}
    </Button>
  ) : (
    <SpaceBetween direction="horizontal" size="xs">
      <Button variant="link" onClick={onClose}>
        {operate.cancel}
      </Button>
      <Button
        variant="primary"
        loading={isPending}
        disabled={!isGiven || isTooLong}
        onClick={() => mutate({ ...decision, reason: reason.trim() })}
      >
        {operate.decide}
      </Button>
    </SpaceBetween>
  );
  return (
    <Modal
      visible
      header={title}
      closeAriaLabel={common.close}
      onDismiss={onClose}
      footer={<Box float="right">{buttons}</Box>}
    >
      <SpaceBetween size="m">
        {error && <ErrorAlert error={error} />}
        <Sentences sentences={data ? data.completed : planned} />
        {!data && (
          <FormField label={operate.reason} description={operate.reasonHint} {...field}>
            <Textarea value={reason} autoFocus rows={2} onChange={({ detail }) => setReason(detail.value)} />
          </FormField>
        )}
      </SpaceBetween>
    </Modal>
  );
}
