import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { useChange } from '../../api/use-change.ts';
import { deleteWorkspace, useWorkspace } from '../../api/workspaces.ts';
import { addressOf } from '../../app/navigation.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { Empty } from '../../components/empty.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Loading } from '../../components/loading.tsx';
import { formats } from '../../components/size.ts';
import { Time } from '../../components/time.tsx';
import { TitledPage } from '../../components/titled-page.tsx';
import { useLanguage, useTexts } from '../../texts/texts.ts';
import { JobTable } from '../jobs/job-table.tsx';
import { WorkspaceFiles } from './files.tsx';
import { StartJob } from './start-job.tsx';
import { WorkspaceState } from './workspace-state.tsx';

/** A workspace: its files and links, and its jobs. */
export default function WorkspacePage() {
  const { workspaces, pages } = useTexts();
  const format = formats(useLanguage());
  const { id = '' } = useParams();
  const navigate = useNavigate();
  const [isDeleting, setIsDeleting] = useState(false);
  const { data, error, refetch, isPlaceholderData } = useWorkspace(id);
  const removal = useChange('/uws', deleteWorkspace);
  if (error)
    return (
      <TitledPage title={pages.workspace}>
        <ErrorAlert error={error} onRetry={refetch} />
      </TitledPage>
    );
  if (!data || isPlaceholderData) return <Loading />;
  const [workspace] = data.data.workspaces;
  if (!workspace)
    return (
      <TitledPage title={pages.workspace}>
        <Empty text={workspaces.notFound} />
      </TitledPage>
    );
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description={<bdi>{workspace.description}</bdi>}
          actions={<Button onClick={() => setIsDeleting(true)}>{workspaces.remove}</Button>}
        >
          <bdi>{workspace.name}</bdi>
        </Header>
      }
    >
      <SpaceBetween size="l">
        <Container>
          <KeyValuePairs
            columns={3}
            items={[
              { label: workspaces.state, value: <WorkspaceState status={workspace.status} /> },
              { label: workspaces.size, value: format.bytes(workspace.disk_space) },
              { label: workspaces.created, value: <Time at={workspace.datetime_created} /> },
            ]}
          />
        </Container>
        <WorkspaceFiles workspace={workspace} />
        <StartJob workspace={workspace} />
        <JobTable workspace={id} />
      </SpaceBetween>
      {isDeleting && (
        <ConfirmDialog
          title={workspaces.remove}
          action={workspaces.remove}
          error={removal.error}
          isPending={removal.isPending}
          onConfirm={() => removal.mutate(id, { onSuccess: () => void navigate(addressOf('workspaces')) })}
          onClose={() => setIsDeleting(false)}
        >
          {workspaces.confirmRemove}
        </ConfirmDialog>
      )}
    </ContentLayout>
  );
}
