import type { TableProps } from '@cloudscape-design/components/table';
import { Link } from 'react-router';
import type { Incident } from '../../api/operate-shapes.ts';
import { incidentAddress, ProjectLink } from '../../components/links.tsx';
import { ServerText } from '../../components/server-text.tsx';
import { Time } from '../../components/time.tsx';
import { useTexts } from '../../texts/texts.ts';

export function useIncidentColumns(): TableProps.ColumnDefinition<Incident>[] {
  const { operate } = useTexts();
  return [
    {
      id: 'kind',
      header: operate.kind,
      isRowHeader: true,
      cell: ({ incidentId, kind }) => (
        <Link to={incidentAddress(incidentId)}>{operate.kinds[kind as keyof typeof operate.kinds] ?? kind}</Link>
      ),
    },
    { id: 'state', header: operate.state, cell: ({ state }) => operate.incidentStates[state] },
    { id: 'count', header: operate.count, cell: ({ count }) => count },
    {
      id: 'project',
      header: operate.project,
      cell: ({ projectNo }) => (projectNo === undefined ? '' : <ProjectLink id={projectNo} />),
    },
    { id: 'found', header: operate.found, cell: ({ found }) => <ServerText text={found} /> },
    { id: 'last', header: operate.lastSeen, cell: ({ lastSeenAt }) => <Time at={lastSeenAt} /> },
  ];
}
