import FormField from '@cloudscape-design/components/form-field';
import Multiselect from '@cloudscape-design/components/multiselect';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { type Organization, saveOrganization } from '../../api/organizations.ts';
import type { Service } from '../../api/processes.ts';
import { useChange } from '../../api/use-change.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { TextField } from '../../components/text-field.tsx';
import { useAccountTexts } from '../../texts/accounts.ts';
import { useTexts } from '../../texts/texts.ts';
import { serviceName } from '../processes/names.ts';

interface Props {
  /** None for a new one. */
  organization?: Organization;
  services: Readonly<Record<string, Service>> | undefined;
  onClose: () => void;
}

/** Asks for services and members of an organization, and saves it. Its details stay as they are. */
export function OrganizationForm({ organization, services = {}, onClose }: Props) {
  const all = useTexts();
  const texts = useAccountTexts();
  const [name, setName] = useState(organization?.name ?? '');
  const [chosen, setChosen] = useState<readonly number[]>(organization?.supportedServices ?? []);
  const [members, setMembers] = useState(organization?.members.join('\n') ?? '');
  const { mutate, error, isPending } = useChange('/accounts', saveOrganization);
  const optionOf = (number: number) => ({ value: String(number), label: serviceName(services, number, all) });
  const numbers = Object.values(services).map(({ identifier }) => identifier);
  const save = () => {
    const names = members.split('\n').map((each) => each.trim());
    const wanted = { name: name.trim(), supportedServices: [...chosen], members: names.filter((each) => each !== '') };
    mutate({ details: {}, version: 0, ...organization, ...wanted }, { onSuccess: onClose });
  };
  return (
    <ConfirmDialog
      title={organization ? texts.changeOrganization(organization.name) : texts.createOrganization}
      action={texts.save}
      error={error}
      isPending={isPending}
      disabled={name.trim() === ''}
      onConfirm={save}
      onClose={onClose}
    >
      <SpaceBetween size="m">
        {!organization && (
          <TextField label={texts.organizationName} value={name} onChange={setName} autoComplete="off" autoFocus />
        )}
        <FormField label={texts.services} description={texts.servicesHint}>
          <Multiselect
            options={numbers.filter((number) => number > 0).map(optionOf)}
            selectedOptions={chosen.map(optionOf)}
            placeholder={texts.chooseServices}
            onChange={({ detail }) => setChosen(detail.selectedOptions.map(({ value }) => Number(value)))}
          />
        </FormField>
        <FormField label={all.operate.members} description={texts.membersHint}>
          <Textarea rows={4} value={members} onChange={({ detail }) => setMembers(detail.value)} />
        </FormField>
      </SpaceBetween>
    </ConfirmDialog>
  );
}
