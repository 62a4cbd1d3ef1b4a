import { Link } from 'react-router';
import { useJobs } from '../../api/workspaces.ts';
import { addressOf } from '../../app/navigation.ts';
import { PagedTable } from '../../components/paged-table.tsx';
import { StateFilter } from '../../components/state-filter.tsx';
import { Time } from '../../components/time.tsx';
import { useFilter } from '../../components/use-filter.ts';
import { useTexts } from '../../texts/texts.ts';
import { JobStateIndicator } from './job-state.tsx';

/** The reader's jobs, the newest first. @param workspace id of the one that they are of */
export function JobTable({ workspace }: { workspace?: string | undefined }) {
  const { workspaces, pages } = useTexts();
  const [status, setStatus] = useFilter('job');
  return (
    <PagedTable
      title={pages.jobs}
      query={useJobs({ status, workspace })}
      itemsOf={({ data }) => data.jobs}
      idOf={({ id }) => String(id)}
      empty={status === undefined ? workspaces.noJobs : workspaces.noJobsInState}
      filter={
        <StateFilter
          label={workspaces.state}
          any={workspaces.anyState}
          states={workspaces.jobStates}
          value={status}
          onChange={setStatus}
        />
      }
      columns={[
        {
          id: 'job',
          header: workspaces.job,
          isRowHeader: true,
          cell: ({ id }) => <Link to={addressOf(`jobs/${id}`)}>{`${workspaces.job} ${id}`}</Link>,
        },
        { id: 'state', header: workspaces.state, cell: (job) => <JobStateIndicator status={job.status} /> },
        { id: 'type', header: workspaces.type, cell: ({ job_type: type }) => <bdi>{type}</bdi> },
        {
          id: 'workspace',
          header: workspaces.workspace,
          cell: ({ workspace_id: id }) => <Link to={addressOf(`workspaces/${id}`)}>{id}</Link>,
        },
        { id: 'created', header: workspaces.created, cell: ({ datetime_created: at }) => <Time at={at} /> },
        {
          id: 'ended',
          header: workspaces.ended,
          cell: ({ datetime_end: at }) => (at === null ? '–' : <Time at={at} />),
        },
      ]}
    />
  );
}
