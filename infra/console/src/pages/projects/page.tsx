import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import { useProjects } from '../../api/operate.ts';
import { HistoryLink, ProjectLink } from '../../components/links.tsx';
import { PagedTable } from '../../components/paged-table.tsx';
import { Time } from '../../components/time.tsx';
import { useTexts } from '../../texts/texts.ts';

export default function ProjectsPage() {
  const { operate, pages } = useTexts();
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={operate.projectsHint}>
          {pages.projects}
        </Header>
      }
    >
      <PagedTable
        title={pages.projects}
        query={useProjects()}
        itemsOf={(page) => page.projects}
        idOf={({ projectNo }) => projectNo}
        empty={operate.noProjects}
        columns={[
          {
            id: 'project',
            header: operate.project,
            isRowHeader: true,
            cell: ({ projectNo }) => <ProjectLink id={projectNo} />,
          },
          { id: 'state', header: operate.state, cell: ({ state = 'active' }) => operate.projectStates[state] },
          {
            id: 'created',
            header: operate.created,
            cell: ({ createdAt }) => (createdAt === undefined ? '–' : <Time at={createdAt} />),
          },
          {
            id: 'history',
            header: pages.history,
            cell: ({ projectNo }) => <HistoryLink subject={`project#${projectNo}`} text={pages.history} />,
          },
        ]}
      />
    </ContentLayout>
  );
}
