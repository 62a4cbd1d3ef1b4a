import Checkbox from '@cloudscape-design/components/checkbox';
import FormField from '@cloudscape-design/components/form-field';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { createAccount, type NewAccount } from '../../api/accounts.ts';
import { usePermissions } from '../../api/permissions.ts';
import { useChange } from '../../api/use-change.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { TextField } from '../../components/text-field.tsx';
import { useAccountTexts } from '../../texts/accounts.ts';
import { useTexts } from '../../texts/texts.ts';
import { OneTimePasswordDialog } from './one-time-password.tsx';

/** Without spaces around them. A field is not trimmed while somebody types: there are names with spaces. */
const trimmed = ({ username, email, fname, lname }: Omit<NewAccount, 'permissions'>) => ({
  username: username.trim(),
  email: email.trim(),
  fname: fname.trim(),
  lname: lname.trim(),
});

/** Asks for what a new account has, creates it, and shows its one-time password. */
export function CreateAccount({ onClose }: { onClose: () => void }) {
  const { overview } = useTexts();
  const texts = useAccountTexts();
  const [key] = useState(() => crypto.randomUUID());
  const [fields, setFields] = useState({ username: '', email: '', fname: '', lname: '' });
  const [permissions, setPermissions] = useState<readonly string[]>([]);
  const known = usePermissions().data?.permissions ?? [];
  const creation = useChange('/accounts', () => createAccount({ ...trimmed(fields), permissions }, key));
  if (creation.data) return <OneTimePasswordDialog made={creation.data} onClose={onClose} />;
  const labels = { username: overview.userName, email: texts.email, fname: texts.find.fname, lname: texts.find.lname };
  return (
    <ConfirmDialog
      title={texts.create}
      action={texts.create}
      error={creation.error}
      isPending={creation.isPending}
      disabled={fields.username.trim() === '' || fields.email.trim() === ''}
      onConfirm={() => creation.mutate(undefined)}
      onClose={onClose}
    >
      <SpaceBetween size="m">
        <div>{texts.createHint}</div>
        {Object.entries(labels).map(([name, label], index) => (
          <TextField
            key={name}
            label={label}
            value={fields[name as keyof typeof fields]}
            onChange={(value) => setFields({ ...fields, [name]: value })}
            autoComplete="off"
            autoFocus={index === 0}
          />
        ))}
        <FormField label={overview.permissions}>
          {known.map(({ name, description }) => (
            <Checkbox
              key={name}
              checked={permissions.includes(name)}
              description={texts.permissionNames[name] ?? description}
              onChange={({ detail }) =>
                setPermissions(detail.checked ? [...permissions, name] : permissions.filter((other) => other !== name))
              }
            >
              {name}
            </Checkbox>
          ))}
        </FormField>
      </SpaceBetween>
    </ConfirmDialog>
  );
}
