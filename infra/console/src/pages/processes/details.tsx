import Button from '@cloudscape-design/components/button';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type FormEvent, useState } from 'react';
import { useDeliveredFiles } from '../../api/delivered-files.ts';
import { type Place, type Process, updateProcess, uploadProcessFile } from '../../api/processes.ts';
import { useChange } from '../../api/use-change.ts';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { moreOf } from '../../components/more-options.ts';
import { type Choices, SchemaField } from '../../components/schema-form/field.tsx';
import { fieldsOf, isEmpty } from '../../components/schema-form/schema.ts';
import { UploadButton } from '../../components/upload-button.tsx';
import { useTexts } from '../../texts/texts.ts';

interface Props {
  place: Place;
  process: Process;
  /** JSON Schema of the details. */
  schema: unknown;
  isOpen: boolean;
}

/** The detail that an upload of its own sets. */
const script = 'model';

/** The details of a process, in a form that the schema of its service says. What others change meanwhile stays. */
export function Details({ place, process, schema, isOpen }: Props) {
  const { processes } = useTexts();
  const [edits, setEdits] = useState<Readonly<Record<string, unknown>>>({});
  const { mutate, error, isPending } = useChange('/processes', async (changed: Readonly<Record<string, unknown>>) => {
    const [set, emptied] = [entriesWhere(changed, (value) => !isEmpty(value)), entriesWhere(changed, isEmpty)];
    await updateProcess(
      place,
      Object.keys(set).length > 0 ? { serviceDetails: set } : {},
      Object.keys(emptied).length > 0 ? { serviceDetails: emptied } : {},
    );
  });
  const choices = useChoices(process);
  const fields = fieldsOf(schema);
  const isChanged = Object.keys(edits).length > 0;
  const save = (event: FormEvent) => {
    event.preventDefault();
    mutate(edits, { onSuccess: () => setEdits({}) });
  };
  return (
    <form onSubmit={save}>
      <Form
        actions={
          isOpen && (
            <SpaceBetween direction="horizontal" size="xs">
              <Button formAction="none" variant="link" disabled={!isChanged} onClick={() => setEdits({})}>
                {processes.discard}
              </Button>
              <Button variant="primary" loading={isPending} disabled={!isChanged}>
                {processes.save}
              </Button>
            </SpaceBetween>
          )
        }
      >
        <SpaceBetween size="m">
          {error && <ErrorAlert error={error} />}
          {fields.map(([name, field]) =>
            name === script ? (
              <Script key={name} place={place} process={process} isOpen={isOpen} />
            ) : (
              <SchemaField
                key={name}
                name={name}
                schema={field}
                disabled={!isOpen || isPending}
                value={name in edits ? edits[name] : process.serviceDetails[name]}
                choices={choices[name]}
                onChange={(value) => setEdits((before) => ({ ...before, [name]: value }))}
              />
            ),
          )}
        </SpaceBetween>
      </Form>
    </form>
  );
}

/** The script of an analysis, which is uploaded. */
function Script({ place, process, isOpen }: Omit<Props, 'schema'>) {
  const { processes } = useTexts();
  const { mutate, error, isPending } = useChange('/processes', (file: File) => uploadProcessFile(place, file, true));
  const model: unknown = process.serviceDetails[script];
  const id = typeof model === 'object' && model !== null && 'id' in model ? String(model.id) : undefined;
  const file = id === undefined ? undefined : process.files[id];
  return (
    <FormField label={processes.script} description={processes.scriptHint}>
      <SpaceBetween size="xs">
        {error && <ErrorAlert error={error} />}
        {file && <bdi>{file.fileName}</bdi>}
        {isOpen && (
          <UploadButton disabled={isPending} onChoose={([chosen]) => chosen && mutate(chosen)}>
            {processes.uploadScript}
          </UploadButton>
        )}
      </SpaceBetween>
    </FormField>
  );
}

/** Values that lists of details may have: delivered files for an analysis, files of the process for an export. */
function useChoices({ files }: Process): Readonly<Record<string, Choices>> {
  const query = useDeliveredFiles('stored');
  const delivered = query.data?.pages.flatMap(({ data }) => data.files) ?? [];
  return {
    inputs: { known: delivered.map(({ file_id: id }) => ({ value: id, label: id })), more: moreOf(query) },
    files: { known: Object.values(files).map(({ id, fileName }) => ({ value: id, label: fileName })) },
  };
}

const entriesWhere = (object: Readonly<Record<string, unknown>>, holds: (value: unknown) => boolean) =>
  Object.fromEntries(Object.entries(object).flatMap(([key, value]) => (holds(value) ? [[key, value ?? null]] : [])));
