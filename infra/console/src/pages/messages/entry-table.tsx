import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import type { Entry } from '../../api/operate-shapes.ts';
import { Empty } from '../../components/empty.tsx';
import { MessageLink } from '../../components/links.tsx';
import { MessageState } from '../../components/message-state.tsx';
import { useTexts } from '../../texts/texts.ts';

interface Props {
  title: string;
  entries: readonly Entry[];
  /** The message that the page is about. */
  own?: string;
}

/** Messages of a line that are not marked yet, in their order. */
export function EntryTable({ title, entries, own }: Props) {
  const { operate } = useTexts();
  return (
    <Table
      header={<Header variant="h2">{title}</Header>}
      items={entries}
      trackBy={({ messageId }) => messageId}
      empty={<Empty text={operate.noEntries} />}
      columnDefinitions={[
        { id: 'state', header: operate.state, cell: ({ state }) => <MessageState state={state} /> },
        { id: 'type', header: operate.type, cell: ({ type }) => <bdi>{type}</bdi> },
        {
          id: 'message',
          header: operate.message,
          isRowHeader: true,
          cell: ({ messageId }) => (messageId === own ? <bdi>{messageId}</bdi> : <MessageLink id={messageId} />),
        },
      ]}
    />
  );
}
