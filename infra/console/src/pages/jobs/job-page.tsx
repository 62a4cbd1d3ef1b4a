import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Link, useParams } from 'react-router';
import { type Job, useJob } from '../../api/workspaces.ts';
import { addressOf } from '../../app/navigation.ts';
import { Empty } from '../../components/empty.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Loading } from '../../components/loading.tsx';
import { Time } from '../../components/time.tsx';
import { TitledPage } from '../../components/titled-page.tsx';
import { useTexts } from '../../texts/texts.ts';
import { JobActions } from './actions.tsx';
import { JobStateIndicator } from './job-state.tsx';
import { JobLog } from './log.tsx';

/** A job: its state, what it has used, and its log. */
export default function JobPage() {
  const { workspaces, pages } = useTexts();
  const { id = '' } = useParams();
  const { data, error, refetch, isPlaceholderData } = useJob(id);
  if (error)
    return (
      <TitledPage title={pages.job}>
        <ErrorAlert error={error} onRetry={refetch} />
      </TitledPage>
    );
  if (!data || isPlaceholderData) return <Loading />;
  const [job] = data.data.jobs;
  if (!job)
    return (
      <TitledPage title={pages.job}>
        <Empty text={workspaces.noJob} />
      </TitledPage>
    );
  return (
    <ContentLayout
      header={
        <Header variant="h1" actions={<JobActions job={job} />}>
          {`${workspaces.job} ${id}`}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <Container>
          <KeyValuePairs columns={3} items={itemsOf(job, workspaces)} />
        </Container>
        <JobLog key={id} id={id} />
      </SpaceBetween>
    </ContentLayout>
  );
}

function itemsOf(job: Job, workspaces: ReturnType<typeof useTexts>['workspaces']) {
  const time = (at: string | null) => (at === null ? '–' : <Time at={at} />);
  const { exit_code: exitCode, reason } = job.job_details.current_job_details;
  return [
    { label: workspaces.state, value: <JobStateIndicator status={job.status} /> },
    {
      label: workspaces.workspace,
      value: <Link to={addressOf(`workspaces/${job.workspace_id}`)}>{job.workspace_id}</Link>,
    },
    { label: workspaces.type, value: <bdi>{job.job_type}</bdi> },
    { label: workspaces.created, value: time(job.datetime_created) },
    { label: workspaces.started, value: time(job.datetime_start) },
    { label: workspaces.ended, value: time(job.datetime_end) },
    { label: workspaces.coreHours, value: job.core_hours },
    { label: workspaces.exitCode, value: textOf(exitCode) },
    { label: workspaces.reason, value: <bdi>{textOf(reason)}</bdi> },
    { label: workspaces.details, value: <bdi>{pairsOf(job.job_details.request_job_details)}</bdi> },
    { label: workspaces.options, value: <bdi>{pairsOf(job.resource_options)}</bdi> },
  ];
}

const textOf = (value: unknown): string =>
  value === undefined || value === null ? '–' : typeof value === 'object' ? JSON.stringify(value) : String(value);

const pairsOf = (object: Readonly<Record<string, unknown>>): string =>
  Object.entries(object)
    .map(([name, value]) => `${name}: ${textOf(value)}`)
    .join(', ') || '–';
