import { useProcessHistory } from '../../api/processes.ts';
import { PagedTable } from '../../components/paged-table.tsx';
import { ServerText } from '../../components/server-text.tsx';
import { Time } from '../../components/time.tsx';
import { useTexts } from '../../texts/texts.ts';

/** History of a process. */
export function ProcessHistory({ processID }: { processID: string }) {
  const { processes } = useTexts();
  return (
    <PagedTable
      title={processes.history}
      query={useProcessHistory(processID)}
      itemsOf={({ history }) => history.map((entry, place) => ({ ...entry, place }))}
      idOf={({ createdWhen, place }) => `${createdWhen} ${place}`}
      empty={processes.noHistory}
      columns={[
        { id: 'when', header: processes.when, cell: ({ createdWhen }) => <Time at={createdWhen} /> },
        { id: 'event', header: processes.event, isRowHeader: true, cell: ({ event }) => <ServerText text={event} /> },
        { id: 'by', header: processes.by, cell: ({ createdBy }) => <bdi>{createdBy}</bdi> },
      ]}
    />
  );
}
