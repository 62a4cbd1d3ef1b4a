import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { lazy, Suspense } from 'react';
import { useSearchParams } from 'react-router';
import { useIncident } from '../../api/operate.ts';
import type { Incident } from '../../api/operate-shapes.ts';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Id } from '../../components/id.tsx';
import { MessageLink, ProjectLink } from '../../components/links.tsx';
import { Loading } from '../../components/loading.tsx';
import { ServerText } from '../../components/server-text.tsx';
import { Time } from '../../components/time.tsx';
import { TitledPage } from '../../components/titled-page.tsx';
import { useTexts } from '../../texts/texts.ts';
import { Choices } from './choices.tsx';

const Article = lazy(() => import('../../components/article.tsx'));

/** One incident: what was expected and found, what each decision would do, and its article of the runbook. */
export default function IncidentPage() {
  const { operate, pages } = useTexts();
  const [parameters] = useSearchParams();
  const { data: incident, error, refetch } = useIncident(parameters.get('id') ?? '');
  if (error)
    return (
      <TitledPage title={pages.incident}>
        <ErrorAlert error={error} onRetry={refetch} />
      </TitledPage>
    );
  if (!incident) return <Loading />;
  const { incidentId, kind, state, subject, messageId, projectNo, expected, found, count } = incident;
  const decided = incident.decidedBy === undefined ? [] : decisionItems(incident, operate);
  return (
    <ContentLayout header={<Header variant="h1">{operate.kinds[kind as keyof typeof operate.kinds] ?? kind}</Header>}>
      <SpaceBetween size="l">
        <Container header={<Header variant="h2">{operate.whatHappened}</Header>}>
          <KeyValuePairs
            columns={3}
            items={[
              { label: operate.expected, value: <ServerText text={expected} /> },
              { label: operate.found, value: <ServerText text={found} /> },
              { label: operate.count, value: <span data-testid="count">{count}</span> },
              { label: operate.state, value: operate.incidentStates[state] },
              { label: operate.about, value: <Id id={subject} /> },
              { label: operate.message, value: messageId === undefined ? '–' : <MessageLink id={messageId} /> },
              { label: operate.project, value: projectNo === undefined ? '–' : <ProjectLink id={projectNo} /> },
              { label: operate.firstSeen, value: <Time at={incident.firstSeenAt} /> },
              { label: operate.lastSeen, value: <Time at={incident.lastSeenAt} /> },
              ...decided,
            ]}
          />
        </Container>
        <Choices choices={incident.choices} counts={new Map([[incidentId, count]])} />
        <Suspense fallback={<Loading />}>
          <Article name={kind} />
        </Suspense>
      </SpaceBetween>
    </ContentLayout>
  );
}

function decisionItems(
  { decidedBy, decidedAt, reason = '' }: Pick<Incident, 'decidedBy' | 'decidedAt' | 'reason'>,
  texts: { decidedBy: string; decidedAt: string; reason: string },
) {
  return [
    { label: texts.decidedBy, value: <bdi>{decidedBy}</bdi> },
    ...(decidedAt === undefined ? [] : [{ label: texts.decidedAt, value: <Time at={decidedAt} /> }]),
    { label: texts.reason, value: <bdi>{reason}</bdi> },
  ];
}
