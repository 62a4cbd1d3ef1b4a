import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { renewRecoveryCodes } from '../../api/account.ts';
import { RecoveryCodes } from '../../components/recovery-codes.tsx';
import { useSecurityTexts } from '../../texts/security.ts';
import { useTexts } from '../../texts/texts.ts';
import { OwnerDialog } from './owner-dialog.tsx';

/** Replaces the recovery codes, and shows the new ones until it is closed. */
export function RecoveryCodesDialog({ userName, onClose }: { userName: string; onClose: () => void }) {
  const { common, signIn } = useTexts();
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
    <Modal
      visible
      header={signIn.addFactor.codesTitle}
      closeAriaLabel={common.close}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={onClose}>
            {common.close}
          </Button>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <div>{signIn.addFactor.codesIntro}</div>
        <RecoveryCodes codes={codes} />
      </SpaceBetween>
    </Modal>
  );
}
