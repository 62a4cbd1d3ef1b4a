import Checkbox from '@cloudscape-design/components/checkbox';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import type { Parameter } from '../../api/workspaces.ts';
import { useTexts } from '../../texts/texts.ts';

interface Props {
  parameter: Parameter;
  value: unknown;
  onChange: (value: unknown) => void;
}

/** An option of a job, as the centre has set it. */
export function Option({ parameter, value, onChange }: Props) {
  const { processes } = useTexts();
  const { display_name: name, description, validation } = parameter;
  const { type, min, max, enums } = validation;
  const isNumber = type === 'int' || type === 'float';
  const read = (text: string) => (text === '' ? undefined : isNumber ? Number(text) : text);
  if (type === 'bool') {
    return (
      <FormField label={name}>
        <Checkbox checked={value === true} onChange={({ detail }) => onChange(detail.checked)}>
          {description || name}
        </Checkbox>
      </FormField>
    );
  }
  const text = value === undefined || value === null ? '' : String(value);
  const choices = enums?.map((each) => ({ value: String(each) }));
  const range = min !== undefined && max !== undefined ? processes.range(min, max) : undefined;
  return (
    <FormField label={name} description={description} constraintText={range}>
      {choices ? (
        <Select
          selectedOption={choices.find((choice) => choice.value === text) ?? null}
          options={choices}
          onChange={({ detail }) => onChange(read(detail.selectedOption.value ?? ''))}
        />
      ) : (
        <Input
          type={isNumber ? 'number' : 'text'}
          value={text}
          onChange={({ detail }) => onChange(read(detail.value))}
        />
      )}
    </FormField>
  );
}
