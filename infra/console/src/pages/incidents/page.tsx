import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import Select from '@cloudscape-design/components/select';
import { useSearchParams } from 'react-router';
import { useIncidents } from '../../api/operate.ts';
import { incidentStates } from '../../api/operate-shapes.ts';
import { PagedTable } from '../../components/paged-table.tsx';
import { useTexts } from '../../texts/texts.ts';
import { useIncidentColumns } from './columns.tsx';

/** Incidents, by a filter that is in the address. */
export default function IncidentsPage() {
  const { operate, pages } = useTexts();
  const [parameters, setParameters] = useSearchParams();
  const state = parameters.get('state') ?? 'open';
  const kind = parameters.get('kind') ?? undefined;
  const query = useIncidents(state, kind);
  const states = [
    ...incidentStates.map((value) => ({ value: value as string, label: operate.incidentStates[value] })),
    { value: 'all', label: operate.anyState },
  ];
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={operate.incidentsHint}>
          {pages.incidents}
        </Header>
      }
    >
      <PagedTable
        key={`${state} ${kind ?? ''}`}
        title={operate.incidents}
        query={query}
        itemsOf={(page) => page.incidents}
        idOf={({ incidentId }) => incidentId}
        columns={useIncidentColumns()}
        empty={state === 'open' ? operate.noOpenIncidents : operate.noIncidents}
        filter={
          <Select
            ariaLabel={operate.state}
            selectedOption={states.find(({ value }) => value === state) ?? null}
            options={states}
            onChange={({ detail }) =>
              setParameters(
                (before) => {
                  before.set('state', detail.selectedOption.value ?? 'open');
                  return before;
                },
                { replace: true },
              )
            }
          />
        }
      />
    </ContentLayout>
  );
}
