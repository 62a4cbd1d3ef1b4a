import Alert from '@cloudscape-design/components/alert';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import { useDeliveredFiles } from '../../api/delivered-files.ts';
import { addressOf } from '../../app/navigation.ts';
import { Id } from '../../components/id.tsx';
import { LinkButton } from '../../components/link-button.tsx';
import { PagedTable } from '../../components/paged-table.tsx';
import { StateFilter } from '../../components/state-filter.tsx';
import { Time } from '../../components/time.tsx';
import { useFilter } from '../../components/use-filter.ts';
import { useTexts } from '../../texts/texts.ts';
import { CheckCell, SizeCell, StateCell } from './cells.tsx';
import { useLiveBytes, withBytes } from './live-bytes.ts';

/** The project of DST, and the files that DST has delivered to it, with their checks. */
export default function FilesPage() {
  const { files, pages } = useTexts();
  const [state, setState] = useFilter('state');
  const query = useDeliveredFiles(state);
  const moved = useLiveBytes();
  const projectNo = query.data?.pages[0]?.data.project_no;
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description={files.description}
          {...(projectNo && {
            actions: <LinkButton to={addressOf('workspaces/new')}>{pages.newWorkspace}</LinkButton>,
          })}
        >
          {pages.files}
        </Header>
      }
    >
      {projectNo === null ? (
        <Alert type="info">{files.noAccess}</Alert>
      ) : (
        <PagedTable
          title={projectNo === undefined ? files.delivered : files.ofProject(projectNo)}
          query={query}
          itemsOf={({ data }) => data.files.map((file) => withBytes(file, query.dataUpdatedAt, moved))}
          idOf={({ file_id }) => file_id}
          empty={state === undefined ? files.empty : files.emptyFilter}
          filter={
            <StateFilter
              label={files.state}
              any={files.anyState}
              states={files.states}
              value={state}
              onChange={setState}
            />
          }
          columns={[
            { id: 'file', header: files.file, isRowHeader: true, cell: ({ file_id }) => <Id id={file_id} /> },
            { id: 'state', header: files.state, cell: (file) => <StateCell file={file} /> },
            { id: 'size', header: files.size, cell: (file) => <SizeCell file={file} /> },
            { id: 'check', header: files.check, cell: (file) => <CheckCell file={file} /> },
            { id: 'arrived', header: files.arrived, cell: (file) => <Time at={file.datetime_delivered} /> },
            {
              id: 'stored',
              header: files.stored,
              cell: ({ datetime_stored: at }) => (at === null ? '–' : <Time at={at} />),
            },
          ]}
        />
      )}
    </ContentLayout>
  );
}
