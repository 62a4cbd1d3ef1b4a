import { useState } from 'react';
import { TextField } from '../../components/text-field.tsx';
import { useTexts } from '../../texts/texts.ts';
import { StepForm } from './step-form.tsx';

export function Credentials({ onEnter }: { onEnter(userName: string, password: string): Promise<unknown> }) {
  const { signIn } = useTexts();
  const [userName, setUserName] = useState('');
  const [password, setPassword] = useState('');
  return (
    <StepForm intro={signIn.intro} submit={signIn.submit} onSubmit={() => onEnter(userName, password)}>
      <TextField label={signIn.userName} value={userName} onChange={setUserName} autoComplete="username" autoFocus />
      <TextField
        label={signIn.password}
        value={password}
        onChange={setPassword}
        type="password"
        autoComplete="current-password"
      />
    </StepForm>
  );
}
