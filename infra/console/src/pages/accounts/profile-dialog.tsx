import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { type Account, changeAccount } from '../../api/accounts.ts';
import { useChange } from '../../api/use-change.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { TextField } from '../../components/text-field.tsx';
import { useAccountTexts } from '../../texts/accounts.ts';

/** Asks for the names and the e-mail address of an account. Sends what is another than before. */
export function ProfileDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  const texts = useAccountTexts();
  const before = { email: account.email, fname: account.fname, lname: account.lname };
  const [fields, setFields] = useState(before);
  const names = (['email', 'fname', 'lname'] as const).filter((name) => fields[name].trim() !== before[name]);
  const changes = Object.fromEntries(names.map((name) => [name, fields[name].trim()]));
  const { mutate, error, isPending } = useChange('/accounts', () => changeAccount(account.username, changes));
  const labels = { email: texts.email, fname: texts.find.fname, lname: texts.find.lname } as const;
  return (
    <ConfirmDialog
      title={texts.changeTitle(account.username)}
      action={texts.save}
      error={error}
      isPending={isPending}
      disabled={names.length === 0}
      onConfirm={() => mutate(undefined, { onSuccess: onClose })}
      onClose={onClose}
    >
      <SpaceBetween size="m">
        {(['email', 'fname', 'lname'] as const).map((name) => (
          <TextField
            key={name}
            label={labels[name]}
            value={fields[name]}
            onChange={(value) => setFields({ ...fields, [name]: value })}
            autoComplete="off"
          />
        ))}
      </SpaceBetween>
    </ConfirmDialog>
  );
}
