import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useChange } from '../../api/use-change.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { TextField } from '../../components/text-field.tsx';
import { useSecurityTexts } from '../../texts/security.ts';

interface Props<Output> {
  title: string;
  text: string;
  /** Name of the action on its button. */
  label: string;
  act: (password: string) => Promise<Output>;
  onDone: (output: Output) => void;
  onClose: () => void;
}

/** Asks the owner of the account for the password before something is done that a stolen session must not do. */
export function OwnerDialog<Output>({ title, text, label, act, onDone, onClose }: Props<Output>) {
  const texts = useSecurityTexts();
  const [password, setPassword] = useState('');
  const { mutate, error, isPending } = useChange('/accounts/user', act);
  return (
    <ConfirmDialog
      title={title}
      action={label}
      error={error}
      isPending={isPending}
      disabled={password === ''}
      onConfirm={() => mutate(password, { onSuccess: onDone })}
      onClose={onClose}
    >
      <SpaceBetween size="m">
        <div>{text}</div>
        <TextField
          label={texts.ownPassword}
          value={password}
          onChange={setPassword}
          type="password"
          autoComplete="current-password"
          autoFocus
        />
      </SpaceBetween>
    </ConfirmDialog>
  );
}
