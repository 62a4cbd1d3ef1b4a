import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { createProcessProject } from '../../api/processes.ts';
import { useChange } from '../../api/use-change.ts';
import { addressOf } from '../../app/navigation.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { useLength } from '../../components/use-length.ts';
import { useTexts } from '../../texts/texts.ts';

/** Most characters of a title. */
const longestTitle = 200;

/** Asks for the title of a new project, and opens the project. */
export function CreateProject({ onClose }: { onClose: () => void }) {
  const { processes } = useTexts();
  const navigate = useNavigate();
  const [title, setTitle] = useState('');
  const { isTooLong, field } = useLength(title.trim(), longestTitle);
  const [key] = useState(() => crypto.randomUUID());
  const { mutate, error, isPending } = useChange('/processes', (wanted: string) => createProcessProject(wanted, key));
  const create = () =>
    mutate(title.trim(), { onSuccess: ({ projectID }) => void navigate(addressOf(`processes/${projectID}`)) });
  return (
    <ConfirmDialog
      title={processes.createProject}
      action={processes.create}
      error={error}
      isPending={isPending}
      disabled={title.trim() === '' || isTooLong}
      onConfirm={create}
      onClose={onClose}
    >
      <FormField label={processes.title} description={processes.titleHint} {...field}>
        <Input autoFocus value={title} onChange={({ detail }) => setTitle(detail.value)} />
      </FormField>
    </ConfirmDialog>
  );
}
