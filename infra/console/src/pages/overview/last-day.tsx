import BarChart from '@cloudscape-design/components/bar-chart';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import type { Hour } from '../../api/operate.ts';
import { formats } from '../../components/size.ts';
import { Time } from '../../components/time.tsx';
import { useLanguage, useTexts } from '../../texts/texts.ts';
import { hoursShown } from './hours-shown.ts';

const quantities = ['messages', 'files', 'bytes', 'held', 'incidents', 'oldestAge'] as const;
type Quantity = (typeof quantities)[number];

/** Numbers of the last day by hour, as charts, and as a table for those who cannot see or do not want charts. */
export function LastDay({ hours }: { hours: readonly Hour[] }) {
  const { overview } = useTexts();
  const language = useLanguage();
  const format = formats(language);
  const shown = hoursShown(hours, Date.now());
  const whole = new Intl.NumberFormat(language);
  const written = (quantity: Quantity, value: number): string => {
    if (quantity === 'bytes') return format.bytes(value);
    return quantity === 'oldestAge' ? format.duration(value) : whole.format(value);
  };
  const time = new Intl.DateTimeFormat(language === 'da' ? 'da-DK' : 'en-GB', { hour: '2-digit', minute: '2-digit' });
  return (
    <Container header={<Header variant="h2">{overview.lastDay}</Header>}>
      <SpaceBetween size="l">
        <ColumnLayout columns={2}>
          {quantities.map((quantity) => (
            <section key={quantity} aria-label={overview.quantities[quantity]}>
              <Header variant="h3">{overview.quantities[quantity]}</Header>
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
                    data: shown.flatMap(({ at, numbers }) =>
                      numbers ? [{ x: new Date(at), y: numbers[quantity] }] : [],
                    ),
                    valueFormatter: (value) => written(quantity, value),
                  },
                ]}
                empty={overview.noNumbers}
              />
            </section>
          ))}
        </ColumnLayout>
        <ExpandableSection headerText={overview.asTable}>
          <Table
            variant="embedded"
            items={shown}
            trackBy={({ at }) => String(at)}
            columnDefinitions={[
              { id: 'at', header: overview.hour, isRowHeader: true, cell: ({ at }) => <Time at={at} /> },
              ...quantities.map((quantity) => ({
                id: quantity,
                header: overview.quantities[quantity],
                cell: ({ numbers }: (typeof shown)[number]) => (numbers ? written(quantity, numbers[quantity]) : '–'),
              })),
            ]}
          />
        </ExpandableSection>
      </SpaceBetween>
    </Container>
  );
}
