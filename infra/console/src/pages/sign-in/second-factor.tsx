import Button from '@cloudscape-design/components/button';
import { useState } from 'react';
import { askPasskey, type FactorDue, proveFactor } from '../../api/sign-in.ts';
import { TextField } from '../../components/text-field.tsx';
import { useTexts } from '../../texts/texts.ts';
import { StepForm } from './step-form.tsx';

interface Props {
  due: FactorDue;
  onDone(): Promise<unknown>;
  onBack(): void;
}

type Way = FactorDue['factors'][number];

/** Asks for the second factor of the account: the way that it has first, and a button for each other one. */
export function SecondFactor({ due, onDone, onBack }: Props) {
  const texts = useTexts().signIn.factor;
  const [way, setWay] = useState<Way>(due.factors[0] ?? 'recoveryCode');
  const [code, setCode] = useState('');
  const names = { totp: texts.useTotp, recoveryCode: texts.useRecoveryCode, passkey: texts.passkey };

  const prove = async () => {
    const proof =
      way === 'passkey' && due.passkey
        ? { passkey: await askPasskey(due.passkey) }
        : way === 'totp'
          ? { totp: code.replaceAll(' ', '') }
          : { recoveryCode: code.trim() };
    await proveFactor(due.challenge, proof);
    await onDone();
  };
  return (
    <StepForm
      intro={texts.intro}
      submit={way === 'passkey' ? texts.passkey : texts.submit}
      onSubmit={prove}
      secondary={
        <>
          <Button variant="link" formAction="none" onClick={onBack}>
            {texts.back}
          </Button>
          {due.factors
            .filter((other) => other !== way)
            .map((other) => (
              <Button key={other} formAction="none" onClick={() => setWay(other)}>
                {names[other]}
              </Button>
            ))}
        </>
      }
    >
      {way !== 'passkey' && (
        <TextField
          key={way}
          label={way === 'totp' ? texts.totp : texts.recoveryCode}
          value={code}
          onChange={setCode}
          autoComplete={way === 'totp' ? 'one-time-code' : 'off'}
          inputMode={way === 'totp' ? 'numeric' : 'text'}
          autoFocus
        />
      )}
    </StepForm>
  );
}
