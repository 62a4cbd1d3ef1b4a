import type { Language } from './language.ts';
import type { Spoken } from './texts.ts';

/** Loads all that the console says in a language. */
export async function loadTexts(language: Language): Promise<Spoken> {
  if (language === 'da') {
    const [{ da }, { components }, { translate }] = await Promise.all([
      import('./da/da.ts'),
      import('./da/components.ts'),
      import('./da/server-texts.ts'),
    ]);
    return { language, texts: da, components, translate };
  }
  const [{ en }, { components }] = await Promise.all([import('./en/en.ts'), import('./en/components.ts')]);
  return { language, texts: en, components, translate: undefined };
}
