import { resetPassword } from '../../api/accounts.ts';
import { useChange } from '../../api/use-change.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { useAccountTexts } from '../../texts/accounts.ts';
import { OneTimePasswordDialog } from './one-time-password.tsx';

/** Asks before a password is replaced, and shows the new one. */
export function ResetDialog({ userName, onClose }: { userName: string; onClose: () => void }) {
  const texts = useAccountTexts();
  const { mutate, data, error, isPending } = useChange('/accounts', resetPassword);
  if (data) return <OneTimePasswordDialog made={data} onClose={onClose} />;
  return (
    <ConfirmDialog
      title={texts.resetPasswordTitle(userName)}
      action={texts.resetPassword}
      error={error}
      isPending={isPending}
      onConfirm={() => mutate(userName)}
      onClose={onClose}
    >
      {texts.resetPasswordText}
    </ConfirmDialog>
  );
}
