import { useState } from 'react';
import { changePassword } from '../../api/sign-in.ts';
import { TextField } from '../../components/text-field.tsx';
import { useTexts } from '../../texts/texts.ts';
import { StepForm } from './step-form.tsx';

interface Props {
  userName: string;
  /** The password that was just typed; empty when the page was loaded anew since. */
  current: string;
  /** Signs in anew: the change has ended all sessions. */
  onDone(password: string): Promise<unknown>;
}

export function NewPassword({ userName, current: typed, onDone }: Props) {
  const texts = useTexts().signIn;
  const [current, setCurrent] = useState(typed);
  const [next, setNext] = useState('');
  const [repeated, setRepeated] = useState('');
  const differs = repeated !== '' && next !== repeated;
  const change = async () => {
    if (next !== repeated) return;
    await changePassword(userName, current, next);
    await onDone(next);
  };
  return (
    <StepForm intro={texts.newPassword.intro} submit={texts.newPassword.submit} onSubmit={change}>
      {typed === '' && (
        <TextField
          label={texts.password}
          value={current}
          onChange={setCurrent}
          type="password"
          autoComplete="current-password"
        />
      )}
      <TextField
        label={texts.newPassword.next}
        value={next}
        onChange={setNext}
        type="password"
        autoComplete="new-password"
        autoFocus
      />
      <TextField
        label={texts.newPassword.repeat}
        value={repeated}
        onChange={setRepeated}
        type="password"
        autoComplete="new-password"
        errorText={differs ? texts.newPassword.differs : undefined}
      />
    </StepForm>
  );
}
