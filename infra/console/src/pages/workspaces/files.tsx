import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';
import { longestForm } from '../../api/processes.ts';
import { useChange } from '../../api/use-change.ts';
import { addLinks, type Link, uploadToWorkspace, type Workspace } from '../../api/workspaces.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { Empty } from '../../components/empty.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { UploadButton } from '../../components/upload-button.tsx';
import { useTexts } from '../../texts/texts.ts';
import { LinksField } from './links-field.tsx';

/** Files of a workspace and its links to delivered files. */
export function WorkspaceFiles({ workspace }: { workspace: Workspace }) {
  const { workspaces } = useTexts();
  const [tooLarge, setTooLarge] = useState<string>();
  const [links, setLinks] = useState<readonly Link[]>();
  const id = String(workspace.id);
  const upload = useChange('/uws', (files: readonly File[]) => uploadToWorkspace(id, files));
  const linking = useChange('/uws', (chosen: readonly Link[]) => addLinks(id, chosen));
  const { files, symlinks } = workspace.workspace_details.current_workspace_details;
  const rows = [
    ...files.map(({ name }) => ({ name, kind: workspaces.own })),
    ...symlinks.map(({ name }) => ({ name, kind: workspaces.linked })),
  ];
  const choose = (chosen: readonly File[]) => {
    const sum = chosen.reduce((bytes, { size }) => bytes + size, 0);
    setTooLarge(sum > longestForm ? chosen[0]?.name : undefined);
    if (sum <= longestForm) upload.mutate(chosen);
  };
  return (
    <SpaceBetween size="m">
      {upload.error && <ErrorAlert error={upload.error} />}
      {tooLarge !== undefined && (
        <Alert type="warning">
          <bdi>{workspaces.tooLarge(tooLarge)}</bdi>
        </Alert>
      )}
      <Table
        header={
          <Header
            variant="h2"
            counter={`(${rows.length})`}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button onClick={() => setLinks([])}>{workspaces.addLinks}</Button>
                <UploadButton multiple disabled={upload.isPending} onChoose={choose}>
                  {workspaces.upload}
                </UploadButton>
              </SpaceBetween>
            }
          >
            {workspaces.files}
          </Header>
        }
        items={rows}
        trackBy={({ name }) => name}
        wrapLines
        empty={<Empty text={workspaces.noFilesYet} />}
        columnDefinitions={[
          { id: 'name', header: workspaces.name, isRowHeader: true, cell: ({ name }) => <bdi>{name.slice(1)}</bdi> },
          { id: 'kind', header: workspaces.kind, cell: ({ kind }) => kind },
        ]}
      />
      {links && (
        <ConfirmDialog
          title={workspaces.addLinks}
          action={workspaces.add}
          error={linking.error}
          isPending={linking.isPending}
          disabled={links.length === 0}
          onConfirm={() => linking.mutate(links, { onSuccess: () => setLinks(undefined) })}
          onClose={() => setLinks(undefined)}
        >
          <LinksField links={links} onChange={setLinks} />
        </ConfirmDialog>
      )}
    </SpaceBetween>
  );
}
