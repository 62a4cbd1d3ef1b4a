import ContentLayout from '@cloudscape-design/components/content-layout';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useHistory } from '../../api/operate.ts';
import { Empty } from '../../components/empty.tsx';
import { HistoryLink } from '../../components/links.tsx';
import { PagedTable } from '../../components/paged-table.tsx';
import { SearchField } from '../../components/search-field.tsx';
import { Time } from '../../components/time.tsx';
import { useFilter } from '../../components/use-filter.ts';
import { useTexts } from '../../texts/texts.ts';
import { EventText } from './event-text.tsx';

/** History of a project, an access, a file, an account or the gateway, the newest first. */
export default function HistoryPage() {
  const { operate, pages } = useTexts();
  const [subject = '', setSubject] = useFilter('subject');
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={operate.historyHint}>
          {pages.history}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <FormField label={operate.subject} description={operate.subjectHint}>
          <SearchField label={operate.subject} placeholder="project#1001" value={subject} onChange={setSubject} />
        </FormField>
        <HistoryLink subject="gateway" text={operate.gatewayHistory} />
        {/^\w[\w-]*#.|^gateway$/.test(subject) ? (
          <Events key={subject} subject={subject} />
        ) : (
          <Empty text={operate.chooseSubject} />
        )}
      </SpaceBetween>
    </ContentLayout>
  );
}

function Events({ subject }: { subject: string }) {
  const { operate } = useTexts();
  return (
    <PagedTable
      title={subject}
      query={useHistory(subject)}
      itemsOf={(page) => page.events}
      idOf={(event) => `${event.subject} ${event.sequence}`}
      empty={operate.noEvents}
      columns={[
        { id: 'at', header: operate.time, cell: ({ at }) => <Time at={at} /> },
        { id: 'what', header: operate.event, isRowHeader: true, cell: (event) => <EventText event={event} /> },
        {
          id: 'subject',
          header: operate.about,
          cell: (event) =>
            event.subject === subject ? (
              <bdi>{event.subject}</bdi>
            ) : (
              <HistoryLink subject={event.subject} text={event.subject} />
            ),
        },
      ]}
    />
  );
}
