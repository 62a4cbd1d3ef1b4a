import FormField from '@cloudscape-design/components/form-field';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { changeAccount } from '../../api/accounts.ts';
import { useChange } from '../../api/use-change.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { useLength } from '../../components/use-length.ts';
import { useAccountTexts } from '../../texts/accounts.ts';

/** The most characters of a reason that the API takes. */
const longestReason = 1_000;

/** Asks for the reason of a block. */
export function BlockDialog({ userName, onClose }: { userName: string; onClose: () => void }) {
  const texts = useAccountTexts();
  const [reason, setReason] = useState('');
  const { isTooLong, field } = useLength(reason.trim(), longestReason);
  const { mutate, error, isPending } = useChange('/accounts', () =>
    changeAccount(userName, { blockLogin: true, blockLoginReason: reason.trim() }),
  );
  return (
    <ConfirmDialog
      title={texts.blockTitle(userName)}
      action={texts.block}
      error={error}
      isPending={isPending}
      disabled={reason.trim() === '' || isTooLong}
      onConfirm={() => mutate(undefined, { onSuccess: onClose })}
      onClose={onClose}
    >
      <SpaceBetween size="m">
        <div>{texts.blockText}</div>
        <FormField label={texts.blockReason} description={texts.blockReasonHint} {...field}>
          <Textarea rows={2} autoFocus value={reason} onChange={({ detail }) => setReason(detail.value)} />
        </FormField>
      </SpaceBetween>
    </ConfirmDialog>
  );
}
