import { I18nProvider, type I18nProviderProps } from '@cloudscape-design/components/i18n';
import type { ReactNode } from 'react';
import { language } from '../early.ts';

interface Props {
  texts: I18nProviderProps.Messages;
  children: ReactNode;
}

/** Gives components the texts inside of them. */
export const Localized = ({ texts, children }: Props) => (
  <I18nProvider locale={language} messages={[texts]}>
    {children}
  </I18nProvider>
);
