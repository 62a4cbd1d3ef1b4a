import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { authenticate, changePassword } from '../../api/sign-in.ts';
import { addressOf } from '../../app/navigation.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { TextField } from '../../components/text-field.tsx';
import { useSecurityTexts } from '../../texts/security.ts';
import { useTexts } from '../../texts/texts.ts';

/** Changes the own password. */
export function Password({ userName }: { userName: string }) {
  const texts = useSecurityTexts();
  const [isAsked, setIsAsked] = useState(false);
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={texts.passwordDescription}
          actions={<Button onClick={() => setIsAsked(true)}>{texts.changePassword}</Button>}
        >
          {texts.password}
        </Header>
      }
    >
      <Rules />
      {isAsked && <PasswordDialog userName={userName} onClose={() => setIsAsked(false)} />}
    </Container>
  );
}

function Rules() {
  const { rules } = useSecurityTexts();
  return (
    <ul>
      {rules.map((rule) => (
        <li key={rule}>{rule}</li>
      ))}
    </ul>
  );
}

function PasswordDialog({ userName, onClose }: { userName: string; onClose: () => void }) {
  const texts = useSecurityTexts();
  const { signIn } = useTexts();
  const [fields, setFields] = useState({ current: '', next: '', repeated: '' });
  const { current, next, repeated } = fields;
  const differs = repeated !== '' && next !== repeated;
  const change = useMutation({
    async mutationFn() {
      await changePassword(userName, current, next);
      // The change has ended this session. With a second factor the page asks for it.
      await authenticate(userName, next);
    },
    // All that is open here was of the session of before.
    onSuccess: () => location.assign(`${addressOf('account')}?password=changed`),
  });
  const field = (name: keyof typeof fields) => ({
    value: fields[name],
    onChange: (value: string) => setFields({ ...fields, [name]: value }),
    type: 'password' as const,
  });
  return (
    <ConfirmDialog
      title={texts.changePassword}
      action={texts.changePassword}
      error={change.error}
      isPending={change.isPending}
      disabled={current === '' || next === '' || next !== repeated}
      onConfirm={() => change.mutate()}
      onClose={onClose}
    >
      <SpaceBetween size="m">
        <div>{texts.changePasswordText}</div>
        <TextField {...field('current')} label={texts.ownPassword} autoComplete="current-password" autoFocus />
        <TextField {...field('next')} label={signIn.newPassword.next} autoComplete="new-password" />
        <TextField
          {...field('repeated')}
          label={signIn.newPassword.repeat}
          autoComplete="new-password"
          errorText={differs ? signIn.newPassword.differs : undefined}
        />
        <Rules />
      </SpaceBetween>
    </ConfirmDialog>
  );
}
