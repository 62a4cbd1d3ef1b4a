import Table from '@cloudscape-design/components/table';
import type { Hour } from '../../api/operate.ts';
import { Time } from '../../components/time.tsx';
import { useTexts } from '../../texts/texts.ts';
import type { Quantity, ShownHour } from './hours-shown.ts';

interface Props {
  quantities: readonly Quantity[];
  shown: readonly ShownHour<Hour>[];
  written: (quantity: Quantity, value: number) => string;
}

/** All numbers of each hour. */
export function HoursTable({ quantities, shown, written }: Props) {
  const { overview } = useTexts();
  return (
    <Table
      variant="embedded"
      items={shown}
      trackBy={({ at }) => String(at)}
      columnDefinitions={[
        { id: 'at', header: overview.hour, isRowHeader: true, cell: ({ at }) => <Time at={at} /> },
        ...quantities.map((quantity) => ({
          id: quantity,
          header: overview.quantities[quantity],
          cell: ({ numbers }: ShownHour<Hour>) => (numbers ? written(quantity, numbers[quantity]) : '–'),
        })),
      ]}
    />
  );
}
