import Select from '@cloudscape-design/components/select';

interface Props {
  label: string;
  /** Choice of all states. */
  any: string;
  states: Readonly<Record<string, string>>;
  value: string | undefined;
  onChange: (state: string) => void;
}

/** Chooses one of the states of things, or all of them. */
export function StateFilter({ label, any, states, value, onChange }: Props) {
  const all = { value: '', label: any };
  const options = Object.entries(states).map(([state, text]) => ({ value: state, label: text }));
  return (
    <Select
      ariaLabel={label}
      selectedOption={options.find((option) => option.value === value) ?? all}
      options={[all, ...options]}
      onChange={({ detail }) => onChange(detail.selectedOption.value ?? '')}
    />
  );
}
