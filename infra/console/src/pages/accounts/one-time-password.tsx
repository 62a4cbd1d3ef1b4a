import Alert from '@cloudscape-design/components/alert';
import type { OneTimePassword } from '../../api/accounts.ts';
import { Id } from '../../components/id.tsx';
import { NoticeDialog } from '../../components/notice-dialog.tsx';
import { Time } from '../../components/time.tsx';
import { useAccountTexts } from '../../texts/accounts.ts';

/** Shows a password that the gateway has made, until it is closed. It is in memory alone. */
export function OneTimePasswordDialog({ made, onClose }: { made: OneTimePassword; onClose: () => void }) {
  const texts = useAccountTexts();
  return (
    <NoticeDialog title={texts.oneTimePassword(made.username)} onClose={onClose}>
      <Alert type="warning">{texts.oneTimePasswordHint}</Alert>
      <div data-testid="one-time-password">
        <Id id={made.password} />
      </div>
      <div>
        {texts.validUntil} <Time at={made.exp} />
      </div>
    </NoticeDialog>
  );
}
