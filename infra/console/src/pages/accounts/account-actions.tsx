import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { type Account, changeAccount, deleteAccount, resetFactors } from '../../api/accounts.ts';
import { signOutEverywhere } from '../../api/session.ts';
import { addressOf } from '../../app/navigation.ts';
import { useAccount } from '../../app/session-context.ts';
import { useAccountTexts } from '../../texts/accounts.ts';
import { ActionDialog } from './action-dialog.tsx';
import { BlockDialog } from './block-dialog.tsx';
import { ProfileDialog } from './profile-dialog.tsx';
import { ResetDialog } from './reset-dialog.tsx';

type Action = 'change' | 'block' | 'unblock' | 'resetPassword' | 'resetFactors' | 'signOut' | 'remove';

/** Actions of admins on an account. Those on the own one do not shut the admin out. */
export function AccountActions({ account }: { account: Account }) {
  const texts = useAccountTexts();
  const navigate = useNavigate();
  const { username } = account;
  const isOwn = useAccount().username === username;
  const [asked, setAsked] = useState<Action>();
  const close = () => setAsked(undefined);
  const ofOthers: readonly Action[] = [
    account.blockLogin ? 'unblock' : 'block',
    'resetPassword',
    'resetFactors',
    'signOut',
    'remove',
  ];
  const simple = {
    unblock: () => changeAccount(username, { blockLogin: false }),
    resetFactors: () => resetFactors(username),
    signOut: () => signOutEverywhere(username),
    async remove() {
      await deleteAccount(username);
      // Before the page reads anew what is not there any more.
      await navigate(addressOf('accounts'), { replace: true });
    },
  };
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {(['change', ...(isOwn ? [] : ofOthers)] as const).map((action) => (
        <Button key={action} onClick={() => setAsked(action)}>
          {texts[action]}
        </Button>
      ))}
      {asked === 'change' && <ProfileDialog account={account} onClose={close} />}
      {asked === 'block' && <BlockDialog userName={username} onClose={close} />}
      {asked === 'resetPassword' && <ResetDialog userName={username} onClose={close} />}
      {(['unblock', 'resetFactors', 'signOut', 'remove'] as const)
        .filter((action) => action === asked)
        .map((action) => (
          <ActionDialog
            key={action}
            title={texts[`${action}Title`](username)}
            text={texts[`${action}Text`]}
            label={texts[action]}
            act={simple[action]}
            onDone={close}
            onClose={close}
          />
        ))}
    </SpaceBetween>
  );
}
