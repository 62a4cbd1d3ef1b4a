import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { type FormEvent, useState } from 'react';
import { useNavigate } from 'react-router';
import { useChange } from '../../api/use-change.ts';
import { startJob, useJobTypes, useParameters, type Workspace } from '../../api/workspaces.ts';
import { addressOf } from '../../app/navigation.ts';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { useTexts } from '../../texts/texts.ts';
import { Option } from './options.tsx';

/** Starts a job in a workspace: its type, what it runs, and what it needs. */
export function StartJob({ workspace }: { workspace: Workspace }) {
  const { workspaces } = useTexts();
  const navigate = useNavigate();
  const [jobTypes, jobParameters] = [useJobTypes(), useParameters()];
  const types = Object.values(jobTypes.data?.data.job_types ?? {});
  const parameters = jobParameters.data?.data.parameters ?? [];
  const [chosen, setChosen] = useState<string>();
  const [script, setScript] = useState('');
  const [command, setCommand] = useState('');
  const [options, setOptions] = useState<Readonly<Record<string, unknown>>>({});
  const { mutate, error, isPending } = useChange('/uws', (body: Parameters<typeof startJob>[1]) =>
    startJob(String(workspace.id), body),
  );
  const unread = jobTypes.error ?? jobParameters.error;
  const type = chosen ?? types[0]?.id;
  const typeOptions = types.map(({ id, name }) => ({ value: id, label: name }));
  const none = { value: '', label: workspaces.noScript };
  const scripts = workspace.workspace_details.current_workspace_details.files.map(({ name }) => ({
    value: name.slice(1),
  }));
  const chosenOr = (name: string, otherwise: unknown) => (name in options ? options[name] : otherwise);
  const start = (event: FormEvent) => {
    event.preventDefault();
    if (type === undefined) return;
    const given = parameters.flatMap(({ variable_name: name, default_value: otherwise }) => {
      const value = chosenOr(name, otherwise);
      return value === undefined || value === null ? [] : [[name, value] as const];
    });
    mutate(
      { job_type: type, job_details: detailsOf(script, command), resource_options: Object.fromEntries(given) },
      { onSuccess: (id) => void navigate(addressOf(`jobs/${id}`)) },
    );
  };
  return (
    <ExpandableSection variant="container" headerText={workspaces.start} headerDescription={workspaces.startHint}>
      <form onSubmit={start}>
        <Form
          actions={
            <Button variant="primary" loading={isPending} disabled={type === undefined || unread !== null}>
              {workspaces.start}
            </Button>
          }
        >
          <SpaceBetween size="m">
            {unread && (
              <ErrorAlert error={unread} onRetry={() => Promise.all([jobTypes.refetch(), jobParameters.refetch()])} />
            )}
            {error && <ErrorAlert error={error} />}
            <FormField label={workspaces.type}>
              <Select
                selectedOption={typeOptions.find(({ value }) => value === type) ?? null}
                options={typeOptions}
                onChange={({ detail }) => setChosen(detail.selectedOption.value)}
              />
            </FormField>
            <FormField label={workspaces.script}>
              <Select
                selectedOption={scripts.find(({ value }) => value === script) ?? none}
                options={[none, ...scripts]}
                onChange={({ detail }) => setScript(detail.selectedOption.value ?? '')}
              />
            </FormField>
            <FormField label={workspaces.command} description={workspaces.commandHint}>
              <Textarea rows={2} value={command} onChange={({ detail }) => setCommand(detail.value)} />
            </FormField>
            <ColumnLayout columns={2}>
              {parameters.map((parameter) => (
                <Option
                  key={parameter.variable_name}
                  parameter={parameter}
                  value={chosenOr(parameter.variable_name, parameter.default_value)}
                  onChange={(value) => setOptions((before) => ({ ...before, [parameter.variable_name]: value }))}
                />
              ))}
            </ColumnLayout>
          </SpaceBetween>
        </Form>
      </form>
    </ExpandableSection>
  );
}

/** Details of a job: what is empty is left out. */
function detailsOf(script: string, command: string): object {
  const words = command.split('\n').filter((word) => word !== '');
  return { ...(script !== '' && { script }), ...(words.length > 0 && { command: words }) };
}
