import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useSearchParams } from 'react-router';
import { useAccesses, useFiles, useProject } from '../../api/operate.ts';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { FileLink, HistoryLink } from '../../components/links.tsx';
import { Loading } from '../../components/loading.tsx';
import { PagedTable } from '../../components/paged-table.tsx';
import { ServerText } from '../../components/server-text.tsx';
import { formats } from '../../components/size.ts';
import { TitledPage } from '../../components/titled-page.tsx';
import { useLanguage, useTexts } from '../../texts/texts.ts';
import { IncidentTable } from '../incidents/incident-table.tsx';
import { EntryTable } from '../messages/entry-table.tsx';

/** One project: its accesses and files, what is under way, and its incidents. */
export default function ProjectPage() {
  const { operate, pages } = useTexts();
  const [parameters] = useSearchParams();
  const projectNo = parameters.get('id') ?? '';
  const { data: project, error, refetch } = useProject(projectNo);
  if (error)
    return (
      <TitledPage title={pages.projectPage}>
        <ErrorAlert error={error} onRetry={refetch} />
      </TitledPage>
    );
  if (!project) return <Loading />;
  return (
    <ContentLayout
      header={
        <Header variant="h1" actions={<HistoryLink subject={`project#${projectNo}`} text={pages.history} />}>
          {operate.projectName(projectNo)}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <Container>
          <KeyValuePairs
            columns={4}
            items={[
              {
                label: operate.state,
                value: project.state === undefined ? operate.notMade : operate.projectStates[project.state],
              },
              { label: operate.accesses, value: textOf(project.accesses, operate.accessStates) },
              { label: operate.files, value: textOf(project.files, operate.fileStates) },
              { label: operate.results, value: textOf(project.results, operate.fileStates) },
            ]}
          />
        </Container>
        {project.incidents.length > 0 && <IncidentTable title={operate.incidents} incidents={project.incidents} />}
        {project.entries.length > 0 && <EntryTable title={operate.notMarked} entries={project.entries} />}
        <Accesses projectNo={projectNo} />
        <Files projectNo={projectNo} />
      </SpaceBetween>
    </ContentLayout>
  );
}

const textOf = (counts: Readonly<Record<string, number>>, names: Readonly<Record<string, string>>) =>
  Object.entries(counts)
    .map(([state, count]) => `${count} ${names[state] ?? state}`)
    .join(', ') || '0';

function Accesses({ projectNo }: { projectNo: string }) {
  const { operate, pages } = useTexts();
  return (
    <PagedTable
      parameter="accesses"
      title={operate.accesses}
      query={useAccesses(projectNo)}
      itemsOf={(page) => page.users}
      idOf={({ accessIdentifier }) => accessIdentifier}
      empty={operate.noAccesses}
      columns={[
        { id: 'login', header: operate.loginName, isRowHeader: true, cell: ({ loginName }) => <bdi>{loginName}</bdi> },
        {
          id: 'state',
          header: operate.state,
          cell: ({ enabled }) => (enabled ? operate.accessStates.enabled : operate.accessStates.disabled),
        },
        {
          id: 'history',
          header: pages.history,
          cell: ({ accessIdentifier }) => (
            <HistoryLink subject={`access#${accessIdentifier}`} text={operate.whoDidWhat} />
          ),
        },
      ]}
    />
  );
}

function Files({ projectNo }: { projectNo: string }) {
  const { operate } = useTexts();
  const format = formats(useLanguage());
  return (
    <PagedTable
      parameter="files"
      title={operate.files}
      query={useFiles(projectNo)}
      itemsOf={(page) => page.files}
      idOf={({ fileId }) => fileId}
      empty={operate.noFiles}
      columns={[
        {
          id: 'file',
          header: operate.file,
          isRowHeader: true,
          cell: ({ fileId }) => <FileLink id={fileId} />,
        },
        { id: 'state', header: operate.state, cell: ({ state }) => operate.fileStates[state] ?? state },
        { id: 'size', header: operate.size, cell: ({ bytes }) => (bytes === undefined ? '–' : format.bytes(bytes)) },
        { id: 'error', header: operate.lastError, cell: ({ lastError = '' }) => <ServerText text={lastError} /> },
      ]}
    />
  );
}
