import Input from '@cloudscape-design/components/input';
import { startTransition, useOptimistic } from 'react';

interface Props {
  label: string;
  value: string | undefined;
  onChange: (value: string) => void;
  placeholder?: string;
}

/** A text that filters a list and is kept in the address. The address and the list follow it, so that no letter waits for a row. */
export function SearchField({ label, value = '', onChange, placeholder = label }: Props) {
  const [text, show] = useOptimistic(value);
  const change = (next: string) =>
    startTransition(() => {
      show(next);
      onChange(next);
    });
  return (
    <Input
      type="search"
      placeholder={placeholder}
      ariaLabel={label}
      value={text}
      onChange={({ detail }) => change(detail.value)}
    />
  );
}
