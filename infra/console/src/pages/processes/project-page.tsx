import Button from '@cloudscape-design/components/button';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { createProcess, type Process, useProcessProject, useServices } from '../../api/processes.ts';
import { useChange } from '../../api/use-change.ts';
import { addressOf } from '../../app/navigation.ts';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { PagedTable } from '../../components/paged-table.tsx';
import { StateFilter } from '../../components/state-filter.tsx';
import { Time } from '../../components/time.tsx';
import { useFilter } from '../../components/use-filter.ts';
import { useTexts } from '../../texts/texts.ts';
import { serviceName, titleIn } from './names.ts';
import { ProcessStatus } from './process-status.tsx';

/** A project with its processes. */
export default function ProcessProjectPage() {
  const texts = useTexts();
  const { processes, pages } = texts;
  const { projectID = '' } = useParams();
  const navigate = useNavigate();
  const [turn, setTurn] = useFilter('turn');
  const query = useProcessProject(projectID);
  const { data: services } = useServices();
  const [key] = useState(() => crypto.randomUUID());
  const { mutate, error, isPending } = useChange('/processes', () => createProcess(projectID, key));
  const create = () =>
    mutate(undefined, {
      onSuccess: ({ processID }) => void navigate(addressOf(`processes/${projectID}/${processID}`)),
    });
  const [first] = query.data?.pages ?? [];
  const isWanted = ({ flatProcessStatus }: Process) => turn === undefined || flatProcessStatus === turn;
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description={<Link to={addressOf('processes')}>{pages.processes}</Link>}
          actions={
            <Button variant="primary" loading={isPending} onClick={create}>
              {processes.createProcess}
            </Button>
          }
        >
          <bdi>{first ? titleIn(first.projectDetails, texts) : processes.project}</bdi>
        </Header>
      }
    >
      <SpaceBetween size="l">
        {error && <ErrorAlert error={error} />}
        <PagedTable
          title={pages.processes}
          query={query}
          itemsOf={(page) => page.processes.filter(isWanted)}
          idOf={({ processID }) => processID}
          empty={turn === undefined ? processes.noProcesses : processes.noProcessFound}
          filter={
            <StateFilter
              label={processes.status}
              any={processes.anyStatus}
              states={processes.turns}
              value={turn}
              onChange={setTurn}
            />
          }
          columns={[
            {
              id: 'process',
              header: processes.service,
              isRowHeader: true,
              cell: ({ processID, serviceType }) => (
                <Link to={addressOf(`processes/${projectID}/${processID}`)}>
                  {serviceName(services, serviceType, texts)} {processID.slice(0, 6)}
                </Link>
              ),
            },
            {
              id: 'status',
              header: processes.status,
              cell: ({ statusName }) => processes.statuses[statusName] ?? statusName,
            },
            {
              id: 'turn',
              header: processes.stepsTitle,
              cell: (process) => <ProcessStatus status={process.flatProcessStatus} />,
            },
            {
              id: 'contractor',
              header: processes.contractor,
              cell: ({ contractor: { name = '–' } }) => <bdi>{name}</bdi>,
            },
            { id: 'changed', header: processes.changed, cell: ({ updatedWhen }) => <Time at={updatedWhen} /> },
          ]}
        />
      </SpaceBetween>
    </ContentLayout>
  );
}
