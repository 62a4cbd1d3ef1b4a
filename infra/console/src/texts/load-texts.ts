import type { Language } from './language.ts';
import type { Spoken } from './texts.ts';

/** Loads what the console says in a language. The texts inside of Cloudscape's components come with the pages that need them. */
export async function loadTexts(language: Language): Promise<Spoken> {
  if (language === 'da') {
    const [{ da }, { translate }] = await Promise.all([import('./da/da.ts'), import('./da/server-texts.ts')]);
    return { language, texts: da, translate };
  }
  const { en } = await import('./en/en.ts');
  return { language, texts: en, translate: undefined };
}
