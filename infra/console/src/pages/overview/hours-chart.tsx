import BarChart from '@cloudscape-design/components/bar-chart';
import type { Hour } from '../../api/operate.ts';
import { useLanguage, useTexts } from '../../texts/texts.ts';
import type { Quantity, ShownHour } from './hours-shown.ts';

interface Props {
  quantity: Quantity;
  shown: readonly ShownHour<Hour>[];
  written: (quantity: Quantity, value: number) => string;
}

/** A number of each hour, as bars. */
export function HoursChart({ quantity, shown, written }: Props) {
  const { overview } = useTexts();
  const language = useLanguage();
  const time = new Intl.DateTimeFormat(language === 'da' ? 'da-DK' : 'en-GB', { hour: '2-digit', minute: '2-digit' });
  return (
    <BarChart
      ariaLabel={overview.quantities[quantity]}
      height={140}
      hideFilter
      hideLegend
      xScaleType="categorical"
      // Each hour is a point of time of its own, also where clocks are set back and show an hour twice.
      xDomain={shown.map(({ at }) => new Date(at))}
      yDomain={[0, Math.max(1, ...shown.map(({ numbers }) => numbers?.[quantity] ?? 0))]}
      i18nStrings={{
        xTickFormatter: (date) => time.format(date),
        yTickFormatter: (value) => written(quantity, value),
      }}
      series={[
        {
          type: 'bar',
          title: overview.quantities[quantity],
          data: shown.flatMap(({ at, numbers }) => (numbers ? [{ x: new Date(at), y: numbers[quantity] }] : [])),
          valueFormatter: (value) => written(quantity, value),
        },
      ]}
      empty={overview.noNumbers}
    />
  );
}
