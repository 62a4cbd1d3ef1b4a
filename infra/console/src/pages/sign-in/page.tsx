import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { sessionKey, useSession } from '../../api/session.ts';
import { authenticate, type FactorDue } from '../../api/sign-in.ts';
import { addressOf } from '../../app/navigation.ts';
import { LinkButton } from '../../components/link-button.tsx';
import { useTexts } from '../../texts/texts.ts';
import { AddFactor } from './add-factor.tsx';
import { Credentials } from './credentials.tsx';
import { NewPassword } from './new-password.tsx';
import { SecondFactor } from './second-factor.tsx';

/** Signs in: password, second factor; after the first sign-in an own password and, where it is required, a factor. */
export default function SignInPage() {
  const texts = useTexts().signIn;
  const client = useQueryClient();
  const { data: session } = useSession();
  const [due, setDue] = useState<FactorDue>();
  /** Kept in memory for the steps that follow, which ask for the password or end the session. */
  const [known, setKnown] = useState({ userName: '', password: '' });

  const enter = async (userName: string, password: string) => {
    setKnown({ userName, password });
    const factor = await authenticate(userName, password);
    setDue(factor);
    if (!factor) await client.invalidateQueries({ queryKey: sessionKey });
  };
  const finish = async () => {
    setDue(undefined);
    await client.invalidateQueries({ queryKey: sessionKey });
  };

  const step = (() => {
    if (due)
      return {
        title: texts.factor.title,
        form: <SecondFactor due={due} onDone={finish} onBack={() => setDue(undefined)} />,
      };
    if (session?.changePassword) {
      const form = (
        <NewPassword
          userName={session.username}
          current={known.password}
          onDone={(password) => enter(session.username, password)}
        />
      );
      return { title: texts.newPassword.title, form };
    }
    if (session?.addSecondFactor) {
      const form = (
        <AddFactor
          userName={session.username}
          password={known.password}
          intro={texts.addFactor.intro}
          secondary={<LinkButton to={addressOf('account/factor?kind=passkey')}>{texts.addFactor.passkey}</LinkButton>}
          onDone={finish}
        />
      );
      return { title: texts.addFactor.title, form };
    }
    return { title: texts.title, form: <Credentials onEnter={enter} /> };
  })();

  return (
    <main className="entrance">
      <Box textAlign="center" padding={{ vertical: 'l' }} fontSize="heading-l" fontWeight="bold">
        DST Gateway
      </Box>
      <Container header={<Header variant="h1">{step.title}</Header>}>{step.form}</Container>
    </main>
  );
}
