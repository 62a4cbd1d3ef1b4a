import Button from '@cloudscape-design/components/button';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { Link } from 'react-router';
import { acknowledgeEvents, type MissedEvent, useMissedEvents } from '../../api/news.ts';
import { useChange } from '../../api/use-change.ts';
import { addressOf } from '../../app/navigation.ts';
import { Empty } from '../../components/empty.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Time } from '../../components/time.tsx';
import { useTexts } from '../../texts/texts.ts';

/** Events of others in the reader's processes since the reader last marked them as seen. */
export default function NewsPage() {
  const { news, pages, common } = useTexts();
  const { data, error, refetch, isPending } = useMissedEvents();
  const seen = useChange('/processes/public/events', acknowledgeEvents);
  const events = data?.events.toReversed() ?? [];
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description={news.description}
          actions={
            <Button
              variant="primary"
              disabled={events.length === 0}
              loading={seen.isPending}
              onClick={() => data && seen.mutate(data.cursor)}
            >
              {news.acknowledge}
            </Button>
          }
        >
          {pages.news}
        </Header>
      }
    >
      <SpaceBetween size="m">
        {error && <ErrorAlert error={error} onRetry={refetch} />}
        {seen.error && <ErrorAlert error={seen.error} />}
        <Table<MissedEvent>
          header={
            <Header
              variant="h2"
              counter={`(${events.length}${data?.more ? '+' : ''})`}
              {...(data?.more && { description: news.more })}
            >
              {news.list}
            </Header>
          }
          loading={isPending}
          loadingText={common.loading}
          items={events}
          trackBy={({ eventID }) => eventID}
          wrapLines
          empty={<Empty text={news.none} />}
          columnDefinitions={[
            { id: 'when', header: news.when, cell: ({ createdWhen }) => <Time at={createdWhen} /> },
            {
              id: 'what',
              header: news.what,
              isRowHeader: true,
              cell: ({ eventData: { primaryID, secondaryID, reason } }) => (
                <Link to={addressOf(`processes/${primaryID}/${secondaryID}`)}>{news.reasons[reason] ?? reason}</Link>
              ),
            },
            { id: 'content', header: news.content, cell: (event) => <Content event={event} /> },
          ]}
        />
      </SpaceBetween>
    </ContentLayout>
  );
}

/** Text of a message, or the new status by its name. */
function Content({ event: { eventData } }: { event: MissedEvent }) {
  const { reason, content } = eventData;
  return reason === 'messages' ? <bdi className="prewrap">{content}</bdi> : null;
}
