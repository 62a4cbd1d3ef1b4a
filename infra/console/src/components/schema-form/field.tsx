import Checkbox from '@cloudscape-design/components/checkbox';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Multiselect from '@cloudscape-design/components/multiselect';
import Textarea from '@cloudscape-design/components/textarea';
import { useTexts } from '../../texts/texts.ts';
import type { MoreOptions } from '../more-options.ts';
import type { FieldSchema } from './schema.ts';

/** Something that a list may have. */
interface Choice {
  value: string;
  label: string;
  description?: string;
}

/** Those that are known, and how further ones come. */
export interface Choices {
  known: readonly Choice[];
  more?: MoreOptions;
}

/** Texts of more characters get several lines. */
const longestLine = 300;

interface Props {
  name: string;
  schema: FieldSchema;
  value: unknown;
  onChange: (value: unknown) => void;
  disabled: boolean;
  /** Values that the list may have, where they are known. */
  choices?: Choices | undefined;
}

/** A field of a form by its JSON Schema. */
export function SchemaField(props: Props) {
  const { name, schema, value, onChange, disabled, choices } = props;
  const { processes } = useTexts();
  const label = processes.fields[name] ?? name;
  const hint = processes.hints[name] ?? schema.description;
  if (schema.type === 'object') {
    const inner = isObject(value) ? value : {};
    return (
      <FormField label={label} description={hint} stretch>
        <ColumnLayout columns={2}>
          {Object.entries(schema.properties ?? {}).map(([key, each]) => (
            <SchemaField
              key={key}
              name={key}
              schema={each}
              value={inner[key]}
              disabled={disabled}
              onChange={(changed) => onChange(withValue(inner, key, changed))}
            />
          ))}
        </ColumnLayout>
      </FormField>
    );
  }
  return (
    <FormField label={label} description={hint} constraintText={choices ? undefined : constraintOf(schema, processes)}>
      <Control {...props} label={label} />
    </FormField>
  );
}

function Control({ schema, value, onChange, disabled, choices, label }: Props & { label: string }) {
  const { processes } = useTexts();
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  switch (schema.type) {
    case 'integer':
    case 'number':
      return (
        <Input
          type="number"
          inputMode="numeric"
          value={text}
          disabled={disabled}
          onChange={({ detail }) => onChange(detail.value === '' ? undefined : Number(detail.value))}
        />
      );
    case 'boolean':
      return (
        <Checkbox checked={value === true} disabled={disabled} onChange={({ detail }) => onChange(detail.checked)}>
          {label}
        </Checkbox>
      );
    case 'array': {
      const entries = Array.isArray(value) ? value.map(String) : [];
      if (choices) {
        const known = new Map(choices.known.map((choice) => [choice.value, choice]));
        const chosen = entries.map((entry) => known.get(entry) ?? { value: entry, label: entry });
        return (
          <Multiselect
            options={choices.known}
            {...choices.more}
            selectedOptions={chosen}
            disabled={disabled}
            filteringType="auto"
            placeholder={processes.choose}
            empty={processes.nothingToChoose}
            onChange={({ detail }) => onChange(detail.selectedOptions.map((option) => option.value))}
          />
        );
      }
      return (
        <Textarea
          rows={3}
          value={entries.join('\n')}
          disabled={disabled}
          onChange={({ detail }) => onChange(detail.value === '' ? undefined : detail.value.split('\n'))}
        />
      );
    }
    default:
      return (schema.maxLength ?? 0) > longestLine ? (
        <Textarea rows={3} value={text} disabled={disabled} onChange={({ detail }) => onChange(detail.value)} />
      ) : (
        <Input value={text} disabled={disabled} onChange={({ detail }) => onChange(detail.value)} />
      );
  }
}

function constraintOf(
  { type, minimum, maximum, maxLength }: FieldSchema,
  processes: ReturnType<typeof useTexts>['processes'],
): string | undefined {
  if (type === 'array') return processes.listHint;
  if (minimum !== undefined && maximum !== undefined) return processes.range(minimum, maximum);
  return maxLength === undefined ? undefined : processes.longest(maxLength);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object with a value, or without it where it is undefined. */
function withValue(object: Record<string, unknown>, key: string, value: unknown): Record<string, unknown> {
  const { [key]: _, ...others } = object;
  return value === undefined ? others : { ...others, [key]: value };
}
