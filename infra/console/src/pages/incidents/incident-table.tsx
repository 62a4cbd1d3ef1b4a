import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import type { Incident } from '../../api/operate-shapes.ts';
import { Empty } from '../../components/empty.tsx';
import { useTexts } from '../../texts/texts.ts';
import { useIncidentColumns } from './columns.tsx';

/** A few incidents of another thing. */
export function IncidentTable({ title, incidents }: { title: string; incidents: readonly Incident[] }) {
  const { operate } = useTexts();
  return (
    <Table
      header={<Header variant="h2">{title}</Header>}
      items={incidents}
      trackBy={({ incidentId }) => incidentId}
      columnDefinitions={useIncidentColumns()}
      empty={<Empty text={operate.noIncidents} />}
      wrapLines
    />
  );
}
