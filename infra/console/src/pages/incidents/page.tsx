import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import Select from '@cloudscape-design/components/select';
import { useIncidents } from '../../api/operate.ts';
import { incidentStates } from '../../api/operate-shapes.ts';
import { PagedTable } from '../../components/paged-table.tsx';
import { useFilter } from '../../components/use-filter.ts';
import { useTexts } from '../../texts/texts.ts';
import { useIncidentColumns } from './columns.tsx';

/** Incidents, by a filter that is in the address. */
export default function IncidentsPage() {
  const { operate, pages } = useTexts();
  const [state = 'open', setState] = useFilter('state');
  const [kind] = useFilter('kind');
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
        title={operate.incidents}
        query={useIncidents(state, kind)}
        itemsOf={(page) => page.incidents}
        idOf={({ incidentId }) => incidentId}
        columns={useIncidentColumns()}
        empty={state === 'open' ? operate.noOpenIncidents : operate.noIncidents}
        filter={
          <Select
            ariaLabel={operate.state}
            selectedOption={states.find(({ value }) => value === state) ?? null}
            options={states}
            onChange={({ detail }) => setState(detail.selectedOption.value ?? '')}
          />
        }
      />
    </ContentLayout>
  );
}
