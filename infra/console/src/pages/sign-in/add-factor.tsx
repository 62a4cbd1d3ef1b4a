import Link from '@cloudscape-design/components/link';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { beginTotp, confirmTotp } from '../../api/sign-in.ts';
import { Id } from '../../components/id.tsx';
import { Loading } from '../../components/loading.tsx';
import { RecoveryCodes } from '../../components/recovery-codes.tsx';
import { TextField } from '../../components/text-field.tsx';
import { useTexts } from '../../texts/texts.ts';
import { StepForm } from './step-form.tsx';

/** Loaded by those who add an app. */
const QrCode = lazy(() => import('../../components/qr-code.tsx'));

interface Props {
  userName: string;
  /** The password that was just typed; empty when the page was loaded anew since. */
  password: string;
  intro: string;
  secondary?: ReactNode;
  onDone(): Promise<unknown>;
}

/** Adds an authenticator app to an account. */
export function AddFactor({ userName, password: typed, intro, secondary, onDone }: Props) {
  const texts = useTexts().signIn.addFactor;
  const [password, setPassword] = useState(typed);
  const [begun, setBegun] = useState<{ secret: string; uri: string }>();
  const [code, setCode] = useState('');
  const [codes, setCodes] = useState<readonly string[]>();

  if (codes) {
    return (
      <StepForm intro={`${texts.codesTitle}. ${texts.codesIntro}`} submit={texts.done} onSubmit={onDone}>
        <RecoveryCodes codes={codes} />
      </StepForm>
    );
  }
  if (!begun) {
    return (
      <StepForm
        intro={intro}
        submit={texts.begin}
        secondary={secondary}
        onSubmit={async () => setBegun(await beginTotp(userName, password))}
      >
        {typed === '' && (
          <TextField
            label={texts.password}
            value={password}
            onChange={setPassword}
            type="password"
            autoComplete="current-password"
          />
        )}
      </StepForm>
    );
  }
  return (
    <StepForm
      intro={intro}
      submit={texts.submit}
      onSubmit={async () => {
        const { recoveryCodes } = await confirmTotp(userName, code.replaceAll(' ', ''));
        if (recoveryCodes) setCodes(recoveryCodes);
        else await onDone();
      }}
    >
      <Suspense fallback={<Loading />}>
        <QrCode text={begun.uri} label={texts.qrCode} />
      </Suspense>
      <div>
        {texts.key}: <Id id={begun.secret} />
      </div>
      <Link href={begun.uri}>{texts.open}</Link>
      <TextField
        label={texts.code}
        value={code}
        onChange={setCode}
        autoComplete="one-time-code"
        inputMode="numeric"
        autoFocus
      />
    </StepForm>
  );
}
