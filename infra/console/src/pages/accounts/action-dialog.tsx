import { useChange } from '../../api/use-change.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';

interface Props {
  title: string;
  /** Effect of the action. */
  text: string;
  /** Name of the action on its button. */
  label: string;
  act: () => Promise<unknown>;
  onDone: () => void;
  onClose: () => void;
}

/** Asks before something is done with an account. */
export function ActionDialog({ title, text, label, act, onDone, onClose }: Props) {
  const { mutate, error, isPending } = useChange('/accounts', act);
  return (
    <ConfirmDialog
      title={title}
      action={label}
      error={error}
      isPending={isPending}
      onConfirm={() => mutate(undefined, { onSuccess: onDone })}
      onClose={onClose}
    >
      {text}
    </ConfirmDialog>
  );
}
