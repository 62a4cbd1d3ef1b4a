import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useSearchParams } from 'react-router';
import { useMessage } from '../../api/operate.ts';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Id } from '../../components/id.tsx';
import { ProjectLink } from '../../components/links.tsx';
import { Loading } from '../../components/loading.tsx';
import { MessageState } from '../../components/message-state.tsx';
import { Sentences } from '../../components/sentences.tsx';
import { ServerText } from '../../components/server-text.tsx';
import { TitledPage } from '../../components/titled-page.tsx';
import { useTexts } from '../../texts/texts.ts';
import { Choices } from '../incidents/choices.tsx';
import { IncidentTable } from '../incidents/incident-table.tsx';
import { EntryTable } from './entry-table.tsx';
import { Way } from './way.tsx';

/** One message: what DST wants, why it waits, what can be decided, and its way from poll to mark. */
export default function MessagePage() {
  const { operate, pages } = useTexts();
  const [parameters] = useSearchParams();
  const { data: message, error, refetch } = useMessage(parameters.get('id') ?? '');
  if (error)
    return (
      <TitledPage title={pages.message}>
        <ErrorAlert error={error} onRetry={refetch} />
      </TitledPage>
    );
  if (!message) return <Loading />;
  const { messageId, type, state, projectNo, attempts, content, incidents, entries } = message;
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={<ServerText text={message.request} />}>
          <bdi>{type}</bdi>
        </Header>
      }
    >
      <SpaceBetween size="l">
        <Container header={<Header variant="h2">{operate.why}</Header>}>
          <SpaceBetween size="m">
            <KeyValuePairs
              columns={4}
              items={[
                { label: operate.state, value: <MessageState state={state} /> },
                { label: operate.message, value: <Id id={messageId} /> },
                { label: operate.project, value: projectNo === undefined ? '–' : <ProjectLink id={projectNo} /> },
                { label: operate.attempts, value: attempts },
              ]}
            />
            <Sentences sentences={message.standing} />
          </SpaceBetween>
        </Container>
        <Choices choices={message.choices} counts={countsOf(incidents)} />
        {incidents.length > 0 && <IncidentTable title={operate.incidents} incidents={incidents} />}
        <Way message={message} />
        {entries.length > 1 && <EntryTable title={operate.line} entries={entries} own={messageId} />}
        {content !== undefined && (
          <ExpandableSection variant="container" headerText={operate.content}>
            <Box variant="pre">
              <bdi>{content}</bdi>
            </Box>
            {message.isContentCut && <p>{operate.contentCut}</p>}
          </ExpandableSection>
        )}
      </SpaceBetween>
    </ContentLayout>
  );
}

/** The number of occurrences that is shown, by incident. */
const countsOf = (incidents: readonly { incidentId: string; count: number }[]) =>
  new Map(incidents.map(({ incidentId, count }) => [incidentId, count]));
