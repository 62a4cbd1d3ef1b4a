import FormField from '@cloudscape-design/components/form-field';
import Input, { type InputProps } from '@cloudscape-design/components/input';

interface Props {
  label: string;
  value: string;
  onChange(value: string): void;
  type?: InputProps['type'];
  /** For the browser's own help, as `current-password`. */
  autoComplete: string;
  autoFocus?: boolean;
  inputMode?: InputProps['inputMode'];
  errorText?: string | undefined;
}

export function TextField({ label, value, onChange, type = 'text', errorText, inputMode, ...input }: Props) {
  return (
    <FormField label={label} {...(errorText !== undefined && { errorText })}>
      <Input
        {...input}
        type={type}
        {...(inputMode && { inputMode })}
        value={value}
        spellcheck={false}
        onChange={({ detail }) => onChange(detail.value)}
      />
    </FormField>
  );
}
