import { useState } from 'react';
import { renewRecoveryCodes } from '../../api/account.ts';
import { NoticeDialog } from '../../components/notice-dialog.tsx';
import { RecoveryCodes } from '../../components/recovery-codes.tsx';
import { useSecurityTexts } from '../../texts/security.ts';
import { useTexts } from '../../texts/texts.ts';
import { OwnerDialog } from './owner-dialog.tsx';

/** Replaces the recovery codes, and shows the new ones until it is closed. */
export function RecoveryCodesDialog({ userName, onClose }: { userName: string; onClose: () => void }) {
  const { signIn } = useTexts();
  const texts = useSecurityTexts();
  const [codes, setCodes] = useState<readonly string[]>();
  if (!codes) {
    return (
      <OwnerDialog
        title={texts.renewCodes}
        text={texts.renewCodesText}
        label={texts.renewCodes}
        act={(password) => renewRecoveryCodes(userName, password)}
        onDone={({ recoveryCodes }) => setCodes(recoveryCodes)}
        onClose={onClose}
      />
    );
  }
  return (
    <NoticeDialog title={signIn.addFactor.codesTitle} onClose={onClose}>
      <div>{signIn.addFactor.codesIntro}</div>
      <RecoveryCodes codes={codes} />
    </NoticeDialog>
  );
}
