import { type ComponentType, lazy } from 'react';
import { language } from '../early.ts';

/**
 * A component that is loaded when it is first shown, together with the texts inside of Cloudscape's components. The first page
 * does without those: their parser and they are a tenth of what it would load.
 *
 * @param load the module whose default export is the component
 */
export const lazily = <Props extends object>(load: () => Promise<{ default: ComponentType<Props> }>) =>
  lazy(async () => {
    const [{ default: Component }, { Localized }, { components }] = await Promise.all([
      load(),
      import('./localized.tsx'),
      language === 'da' ? import('../texts/da/components.ts') : import('../texts/en/components.ts'),
    ]);
    const Shown = (props: Props) => (
      <Localized texts={components}>
        <Component {...props} />
      </Localized>
    );
    return { default: Shown };
  });
