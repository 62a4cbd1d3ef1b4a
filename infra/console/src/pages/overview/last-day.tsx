import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { memo, Suspense, useState } from 'react';
import type { Hour } from '../../api/operate.ts';
import { lazily } from '../../app/lazily.tsx';
import { Loading } from '../../components/loading.tsx';
import { formats } from '../../components/size.ts';
import { locales } from '../../texts/language.ts';
import { useLanguage, useTexts } from '../../texts/texts.ts';
import { HoursChart } from './hours-chart.tsx';
import { hoursShown, type Quantity, quantities } from './hours-shown.ts';

/** Loaded when somebody wants it. */
const HoursTable = lazily(async () => ({ default: (await import('./hours-table.tsx')).HoursTable }));

interface Props {
  hours: readonly Hour[];
  /** Start of the present hour, in milliseconds since 1970. */
  hour: number;
}

/**
 * Numbers of the last day by hour, as charts, and as a table for those who cannot see or do not want charts. Drawn anew only when the
 * hours have changed, as other numbers wait for it.
 */
export const LastDay = memo(function LastDay({ hours, hour }: Props) {
  const { overview } = useTexts();
  const language = useLanguage();
  const format = formats(language);
  const whole = new Intl.NumberFormat(language);
  // One for all charts: to make one takes longer than to draw a chart.
  const time = new Intl.DateTimeFormat(locales[language], { hour: '2-digit', minute: '2-digit' });
  const [isTableOpen, setIsTableOpen] = useState(false);
  const shown = hoursShown(hours, hour);
  const written = (quantity: Quantity, value: number): string => {
    if (quantity === 'bytes') return format.bytes(value);
    return quantity === 'oldestAge' ? format.duration(value) : whole.format(value);
  };
  return (
    <Container header={<Header variant="h2">{overview.lastDay}</Header>}>
      <SpaceBetween size="l">
        <div className="charts">
          {quantities.map((quantity) => (
            <section key={quantity} aria-label={overview.quantities[quantity]}>
              <Box variant="h3">{overview.quantities[quantity]}</Box>
              <HoursChart quantity={quantity} shown={shown} written={written} time={time} />
            </section>
          ))}
        </div>
        <ExpandableSection
          headerText={overview.asTable}
          expanded={isTableOpen}
          onChange={({ detail }) => setIsTableOpen(detail.expanded)}
        >
          {isTableOpen && (
            <Suspense fallback={<Loading />}>
              <HoursTable quantities={quantities} shown={shown} written={written} />
            </Suspense>
          )}
        </ExpandableSection>
      </SpaceBetween>
    </Container>
  );
});
