import { locales } from '../texts/language.ts';
import { useLanguage, useTexts } from '../texts/texts.ts';

/** A time in the reader's zone, with UTC on hover. @param at as the API gives it: ISO 8601, or milliseconds since 1970 */
export function Time({ at }: { at: string | number }) {
  const { common } = useTexts();
  const locale = locales[useLanguage()];
  const date = new Date(at);
  const iso = date.toISOString();
  return (
    <time dateTime={iso} title={common.utc(iso.slice(0, 19).replace('T', ' '))}>
      {date.toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'medium' })}
    </time>
  );
}
