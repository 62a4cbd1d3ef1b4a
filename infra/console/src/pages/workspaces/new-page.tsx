import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { type FormEvent, useState } from 'react';
import { useNavigate } from 'react-router';
import { useChange } from '../../api/use-change.ts';
import { createWorkspace, type Link } from '../../api/workspaces.ts';
import { addressOf } from '../../app/navigation.ts';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { LinkButton } from '../../components/link-button.tsx';
import { useLength } from '../../components/use-length.ts';
import { useTexts } from '../../texts/texts.ts';
import { LinksField } from './links-field.tsx';

/** Most characters. */
const longestName = 64;
const longestDescription = 10_000;

/** Creates a workspace with links to delivered files. */
export default function NewWorkspacePage() {
  const { workspaces, pages } = useTexts();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const nameLength = useLength(name.trim(), longestName);
  const descriptionLength = useLength(description, longestDescription);
  const [links, setLinks] = useState<readonly Link[]>([]);
  const { mutate, error, isPending } = useChange('/uws', createWorkspace);
  const create = (event: FormEvent) => {
    event.preventDefault();
    mutate(
      { name: name.trim(), description, symlinks: links },
      { onSuccess: (id) => void navigate(addressOf(`workspaces/${id}`)) },
    );
  };
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={workspaces.createHint}>
          {pages.newWorkspace}
        </Header>
      }
    >
      <form onSubmit={create}>
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <LinkButton variant="link" to={addressOf('workspaces')}>
                {workspaces.cancel}
              </LinkButton>
              <Button
                variant="primary"
                loading={isPending}
                disabled={name.trim() === '' || nameLength.isTooLong || descriptionLength.isTooLong}
              >
                {workspaces.create}
              </Button>
            </SpaceBetween>
          }
        >
          <Container>
            <SpaceBetween size="m">
              {error && <ErrorAlert error={error} />}
              <FormField label={workspaces.name} {...nameLength.field}>
                <Input autoFocus value={name} onChange={({ detail }) => setName(detail.value)} />
              </FormField>
              <FormField label={workspaces.descriptionField} {...descriptionLength.field}>
                <Textarea rows={2} value={description} onChange={({ detail }) => setDescription(detail.value)} />
              </FormField>
              <LinksField links={links} onChange={setLinks} />
            </SpaceBetween>
          </Container>
        </Form>
      </form>
    </ContentLayout>
  );
}
