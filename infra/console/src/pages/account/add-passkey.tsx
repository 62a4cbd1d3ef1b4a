import { useState } from 'react';
import { addPasskey, beginPasskey, makePasskey } from '../../api/account.ts';
import { RecoveryCodes } from '../../components/recovery-codes.tsx';
import { TextField } from '../../components/text-field.tsx';
import { useSecurityTexts } from '../../texts/security.ts';
import { useTexts } from '../../texts/texts.ts';
import { StepForm } from '../sign-in/step-form.tsx';

/** Adds a passkey to the own account. */
export function AddPasskey({ userName, onDone }: { userName: string; onDone(): Promise<unknown> }) {
  const { addFactor } = useTexts().signIn;
  const texts = useSecurityTexts();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [codes, setCodes] = useState<readonly string[]>();
  if (codes) {
    return (
      <StepForm intro={`${addFactor.codesTitle}. ${addFactor.codesIntro}`} submit={addFactor.done} onSubmit={onDone}>
        <RecoveryCodes codes={codes} />
      </StepForm>
    );
  }
  const add = async () => {
    const options = await beginPasskey(userName, password);
    const made = await makePasskey(options);
    const { recoveryCodes } = await addPasskey(userName, name.trim(), made);
    if (recoveryCodes) setCodes(recoveryCodes);
    else await onDone();
  };
  return (
    <StepForm intro={texts.passkeyIntro} submit={texts.addPasskey} onSubmit={add}>
      <TextField label={texts.passkeyName} value={name} onChange={setName} autoComplete="off" autoFocus />
      <TextField
        label={texts.ownPassword}
        value={password}
        onChange={setPassword}
        type="password"
        autoComplete="current-password"
      />
    </StepForm>
  );
}
