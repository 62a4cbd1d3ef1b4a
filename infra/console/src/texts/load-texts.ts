import type { Language } from './language.ts';
import type { Texts } from './texts.ts';

export async function loadTexts(language: Language): Promise<Texts> {
  return language === 'da' ? (await import('./da/da.ts')).da : (await import('./en/en.ts')).en;
}
