import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type Place, type Process, type Service, updateProcess, useContractors } from '../../api/processes.ts';
import { useChange } from '../../api/use-change.ts';
import { Empty } from '../../components/empty.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { useTexts } from '../../texts/texts.ts';
import { Details } from './details.tsx';
import { serviceName } from './names.ts';

/** Statuses in which the order is the client's to change. */
const open = new Set([
  'DRAFT',
  'WAITING_FOR_OTHER_PROCESS',
  'SERVICE_READY',
  'SERVICE_IN_PROGRESS',
  'SERVICE_COMPLICATION',
  'CONTRACTOR_SELECTED',
  'VERIFYING',
  'VERIFIED',
]);

interface Props {
  place: Place;
  process: Process;
  services: Readonly<Record<string, Service>>;
}

/** Service, contractor and details of a process. */
export function Order({ place, process, services }: Props) {
  const texts = useTexts();
  const { processes } = texts;
  const { serviceType, statusName } = process;
  const isOpen = open.has(statusName);
  const contractors = useContractors(place.processID, isOpen ? serviceType : 0);
  const { mutate, error, isPending } = useChange('/processes', (changes: object) => updateProcess(place, changes));
  const offered = Object.values(services).map(({ identifier }) => ({
    value: String(identifier),
    label: serviceName(services, identifier, texts),
  }));
  const suitable = (contractors.data ?? []).map(({ hashedID, name }) => ({ value: hashedID, label: name }));
  const chosen = chosenContractor(process);
  return (
    <Container header={<Header variant="h2">{processes.order}</Header>}>
      <SpaceBetween size="l">
        {error && <ErrorAlert error={error} />}
        <FormField label={processes.service}>
          <Select
            disabled={!isOpen || isPending}
            selectedOption={offered.find(({ value }) => value === String(serviceType)) ?? null}
            options={offered.filter(({ value }) => value !== '0')}
            placeholder={processes.choose}
            onChange={({ detail }) => mutate({ serviceType: Number(detail.selectedOption.value) })}
          />
        </FormField>
        {serviceType === 0 ? (
          <Empty text={processes.chooseService} />
        ) : (
          <>
            <Details place={place} process={process} schema={services[serviceType]?.details} isOpen={isOpen} />
            <FormField label={processes.contractor}>
              <Select
                disabled={!isOpen || isPending}
                selectedOption={chosen}
                options={suitable}
                placeholder={processes.choose}
                onChange={({ detail }) => mutate({ provisionalContractor: detail.selectedOption.value })}
              />
            </FormField>
          </>
        )}
      </SpaceBetween>
    </Container>
  );
}

/** The contractor that the client has chosen, or the one that the process was sent to. */
function chosenContractor({ processDetails, contractor: { name } }: Process): { value: string; label: string } | null {
  const provisional: unknown = processDetails.provisionalContractor;
  if (typeof provisional === 'object' && provisional !== null && 'name' in provisional && 'hashedID' in provisional) {
    return { value: String(provisional.hashedID), label: String(provisional.name) };
  }
  return name === undefined ? null : { value: name, label: name };
}
