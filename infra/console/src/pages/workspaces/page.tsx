import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import { Link } from 'react-router';
import { useWorkspaces } from '../../api/workspaces.ts';
import { addressOf } from '../../app/navigation.ts';
import { LinkButton } from '../../components/link-button.tsx';
import { PagedTable } from '../../components/paged-table.tsx';
import { formats } from '../../components/size.ts';
import { StateFilter } from '../../components/state-filter.tsx';
import { Time } from '../../components/time.tsx';
import { useFilter } from '../../components/use-filter.ts';
import { useLanguage, useTexts } from '../../texts/texts.ts';
import { WorkspaceState } from './workspace-state.tsx';

/** The reader's workspaces. */
export default function WorkspacesPage() {
  const { workspaces, pages } = useTexts();
  const format = formats(useLanguage());
  const [status, setStatus] = useFilter('status');
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description={workspaces.description}
          actions={
            <LinkButton variant="primary" to={addressOf('workspaces/new')}>
              {workspaces.create}
            </LinkButton>
          }
        >
          {pages.workspaces}
        </Header>
      }
    >
      <PagedTable
        title={workspaces.list}
        query={useWorkspaces(status)}
        itemsOf={({ data }) => data.workspaces}
        idOf={({ id }) => String(id)}
        empty={status === undefined ? workspaces.none : workspaces.noneInState}
        filter={
          <StateFilter
            label={workspaces.state}
            any={workspaces.anyState}
            states={workspaces.states}
            value={status}
            onChange={setStatus}
          />
        }
        columns={[
          {
            id: 'name',
            header: workspaces.name,
            isRowHeader: true,
            cell: ({ id, name }) => (
              <Link to={addressOf(`workspaces/${id}`)}>
                <bdi>{name || id}</bdi>
              </Link>
            ),
          },
          { id: 'state', header: workspaces.state, cell: (workspace) => <WorkspaceState status={workspace.status} /> },
          { id: 'size', header: workspaces.size, cell: ({ disk_space: bytes }) => format.bytes(bytes) },
          { id: 'created', header: workspaces.created, cell: ({ datetime_created: at }) => <Time at={at} /> },
          {
            id: 'jobs',
            header: pages.jobs,
            cell: ({ id }) => <Link to={`${addressOf('jobs')}?workspace=${id}`}>{pages.jobs}</Link>,
          },
        ]}
      />
    </ContentLayout>
  );
}
