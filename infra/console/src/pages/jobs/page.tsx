import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import { addressOf } from '../../app/navigation.ts';
import { LinkButton } from '../../components/link-button.tsx';
import { useFilter } from '../../components/use-filter.ts';
import { useTexts } from '../../texts/texts.ts';
import { JobTable } from './job-table.tsx';

/** The reader's jobs, or those of a workspace that the address names. */
export default function JobsPage() {
  const { workspaces, pages } = useTexts();
  const [workspace] = useFilter('workspace');
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description={workspaces.jobsDescription}
          actions={<LinkButton to={addressOf('workspaces')}>{workspaces.toWorkspaces}</LinkButton>}
        >
          {pages.jobs}
        </Header>
      }
    >
      <JobTable workspace={workspace} />
    </ContentLayout>
  );
}
