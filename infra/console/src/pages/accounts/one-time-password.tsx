import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { OneTimePassword } from '../../api/accounts.ts';
import { Id } from '../../components/id.tsx';
import { Time } from '../../components/time.tsx';
import { useAccountTexts } from '../../texts/accounts.ts';
import { useTexts } from '../../texts/texts.ts';

/** Shows a password that the gateway has made, until it is closed. It is in memory alone. */
export function OneTimePasswordDialog({ made, onClose }: { made: OneTimePassword; onClose: () => void }) {
  const { common } = useTexts();
  const texts = useAccountTexts();
  return (
    <Modal
      visible
      header={texts.oneTimePassword(made.username)}
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
        <Alert type="warning">{texts.oneTimePasswordHint}</Alert>
        <div data-testid="one-time-password">
          <Id id={made.password} />
        </div>
        <div>
          {texts.validUntil} <Time at={made.exp} />
        </div>
      </SpaceBetween>
    </Modal>
  );
}
