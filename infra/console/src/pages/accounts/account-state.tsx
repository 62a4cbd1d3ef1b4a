import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { Account } from '../../api/accounts.ts';
import { useAccountTexts } from '../../texts/accounts.ts';
import { useTexts } from '../../texts/texts.ts';

/** The gateway's reason for an account whose access is disabled. */
const ofDst = 'Statistics Denmark has disabled the access';

/** Whether an account may sign in, and why not. */
export function AccountState({ account: { blockLogin, blockLoginReason } }: { account: Account }) {
  const { operate } = useTexts();
  const texts = useAccountTexts();
  if (!blockLogin) return <StatusIndicator>{operate.open}</StatusIndicator>;
  return (
    <StatusIndicator type="stopped">
      <bdi>{operate.blocked(blockLoginReason === ofDst ? texts.ofDst : blockLoginReason)}</bdi>
    </StatusIndicator>
  );
}
