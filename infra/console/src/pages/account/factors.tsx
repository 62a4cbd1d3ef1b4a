import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { removeFactor } from '../../api/account.ts';
import { addressOf } from '../../app/navigation.ts';
import { type Factor, FactorList } from '../../components/factor-list.tsx';
import { LinkButton } from '../../components/link-button.tsx';
import { useSecurityTexts } from '../../texts/security.ts';
import { OwnerDialog } from './owner-dialog.tsx';
import { RecoveryCodesDialog } from './recovery-codes-dialog.tsx';

/** Second factors of the own account. They are added on a page of their own, as the first one ends all sessions. */
export function Factors({ userName }: { userName: string }) {
  const texts = useSecurityTexts();
  const [removed, setRemoved] = useState<Factor>();
  const [areCodesAsked, setAreCodesAsked] = useState(false);
  return (
    <>
      <FactorList
        userName={userName}
        actions={({ totp, recoveryCodes, passkeys }) => (
          <SpaceBetween direction="horizontal" size="xs">
            {!totp && <LinkButton to={addressOf('account/factor?kind=totp')}>{texts.addTotp}</LinkButton>}
            <LinkButton to={addressOf('account/factor?kind=passkey')}>{texts.addPasskey}</LinkButton>
            {(totp || passkeys.length > 0 || recoveryCodes > 0) && (
              <Button onClick={() => setAreCodesAsked(true)}>{texts.renewCodes}</Button>
            )}
          </SpaceBetween>
        )}
        actionsOf={(factor) => (
          <Button variant="inline-link" ariaLabel={texts.removeTitle(factor.name)} onClick={() => setRemoved(factor)}>
            {texts.remove}
          </Button>
        )}
      />
      {removed && (
        <OwnerDialog
          title={texts.removeTitle(removed.name)}
          text={texts.removeText}
          label={texts.remove}
          act={(password) => removeFactor(userName, removed.id, password)}
          onDone={() => setRemoved(undefined)}
          onClose={() => setRemoved(undefined)}
        />
      )}
      {areCodesAsked && <RecoveryCodesDialog userName={userName} onClose={() => setAreCodesAsked(false)} />}
    </>
  );
}
