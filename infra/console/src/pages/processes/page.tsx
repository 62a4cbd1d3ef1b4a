import Button from '@cloudscape-design/components/button';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import { useState } from 'react';
import { Link } from 'react-router';
import { type FlatProject, useProcessProjects } from '../../api/processes.ts';
import { addressOf } from '../../app/navigation.ts';
import { PagedTable } from '../../components/paged-table.tsx';
import { SearchField } from '../../components/search-field.tsx';
import { Time } from '../../components/time.tsx';
import { useFilter } from '../../components/use-filter.ts';
import { useTexts } from '../../texts/texts.ts';
import { CreateProject } from './create-project.tsx';
import { titleIn } from './names.ts';

/** The projects whose processes the account sees. */
export default function ProcessesPage() {
  const texts = useTexts();
  const { processes, pages } = texts;
  const [search = '', setSearch] = useFilter('search');
  const [isCreating, setIsCreating] = useState(false);
  const title = ({ details }: FlatProject) => titleIn(details, texts);
  const matches = (project: FlatProject) => title(project).toLowerCase().includes(search.toLowerCase());
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description={processes.description}
          actions={
            <Button variant="primary" onClick={() => setIsCreating(true)}>
              {processes.createProject}
            </Button>
          }
        >
          {pages.processes}
        </Header>
      }
    >
      <PagedTable
        title={processes.projects}
        query={useProcessProjects()}
        itemsOf={({ projects }) => projects.filter(matches)}
        idOf={({ projectID }) => projectID}
        empty={search === '' ? processes.noProjects : processes.noProjectFound}
        filter={<SearchField label={processes.search} value={search} onChange={setSearch} />}
        columns={[
          {
            id: 'title',
            header: processes.project,
            isRowHeader: true,
            cell: (project) => (
              <Link to={addressOf(`processes/${project.projectID}`)}>
                <bdi>{title(project)}</bdi>
              </Link>
            ),
          },
          { id: 'count', header: processes.count, cell: ({ processesCount }) => processesCount },
          { id: 'created', header: processes.created, cell: ({ createdWhen }) => <Time at={createdWhen} /> },
          { id: 'changed', header: processes.changed, cell: ({ updatedWhen }) => <Time at={updatedWhen} /> },
        ]}
      />
      {isCreating && <CreateProject onClose={() => setIsCreating(false)} />}
    </ContentLayout>
  );
}
