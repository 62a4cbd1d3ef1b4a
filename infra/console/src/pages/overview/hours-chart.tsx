import type { Hour } from '../../api/operate.ts';
import { useTexts } from '../../texts/texts.ts';
import { type Quantity, roundedUp, type ShownHour } from './hours-shown.ts';

interface Props {
  quantity: Quantity;
  shown: readonly ShownHour<Hour>[];
  written: (quantity: Quantity, value: number) => string;
  /** Writes the time of an hour. */
  time: Intl.DateTimeFormat;
}

/** Edges of the bars, in pixels from the top of the chart. The height of the chart is in `page.css`. */
const [top, bottom] = [24, 144];
/** Hours from one time below the bars to the next. */
const hoursBetweenTimes = 6;

const percent = (share: number): string => `${100 * share}%`;

/**
 * A number of each hour, as bars; the pointer shows it in words. Charts of Cloudscape are a fifth of what the page may load and take
 * longer to draw than all else of it.
 */
export function HoursChart({ quantity, shown, written, time }: Props) {
  const { overview } = useTexts();
  const bars = shown.map(({ at, numbers }, index) => ({ at, x: index / shown.length, value: numbers?.[quantity] }));
  const most = roundedUp(Math.max(...bars.map(({ value = 0 }) => value)));
  const heightOf = (value: number) => (value / most) * (bottom - top);
  const isEmpty = bars.every(({ value }) => value === undefined);
  return (
    <svg className="chart" role="img" aria-label={overview.quantities[quantity]}>
      {[most, most / 2, 0].map((value) => (
        <line key={value} x1="0" x2="100%" y1={bottom - heightOf(value)} y2={bottom - heightOf(value)} />
      ))}
      {bars.map(({ at, x, value }) =>
        value === undefined ? null : (
          <g key={at}>
            <title>{`${time.format(at)}: ${written(quantity, value)}`}</title>
            <rect className="hour" x={percent(x)} y={top} width={percent(1 / bars.length)} height={bottom - top} />
            <rect
              x={percent(x)}
              y={bottom - heightOf(value)}
              width={percent(0.8 / bars.length)}
              height={heightOf(value)}
            />
          </g>
        ),
      )}
      {isEmpty ? (
        <text x="50%" y={(top + bottom) / 2} textAnchor="middle">
          {overview.noNumbers}
        </text>
      ) : (
        [most, most / 2].map((value) => (
          <text key={value} y={bottom - heightOf(value) - 4}>
            {written(quantity, value)}
          </text>
        ))
      )}
      {bars
        .filter((_, index) => index % hoursBetweenTimes === 0)
        .map(({ at, x }) => (
          <text key={at} x={percent(x)} y={bottom + 18}>
            {time.format(at)}
          </text>
        ))}
    </svg>
  );
}
