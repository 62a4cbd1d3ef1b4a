import Button from '@cloudscape-design/components/button';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { sessionKey, signOutEverywhere } from '../../api/session.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { SessionTable } from '../../components/session-table.tsx';
import { useSecurityTexts } from '../../texts/security.ts';
import { useTexts } from '../../texts/texts.ts';

/** Where the account is signed in, and the button that ends all of it. */
export function Sessions({ userName }: { userName: string }) {
  const { common } = useTexts();
  const texts = useSecurityTexts();
  const client = useQueryClient();
  const [isAsked, setIsAsked] = useState(false);
  const end = useMutation({
    mutationFn: () => signOutEverywhere(userName),
    onSuccess: () => client.invalidateQueries({ queryKey: sessionKey }),
  });
  const label = common.account.signOutEverywhere;
  return (
    <>
      <SessionTable
        userName={userName}
        description={texts.sessionsDescription}
        actions={<Button onClick={() => setIsAsked(true)}>{label}</Button>}
      />
      {isAsked && (
        <ConfirmDialog
          title={label}
          action={label}
          error={end.error}
          isPending={end.isPending}
          onConfirm={() => end.mutate()}
          onClose={() => setIsAsked(false)}
        >
          {texts.signOutText}
        </ConfirmDialog>
      )}
    </>
  );
}
