import english from '@cloudscape-design/components/i18n/messages/all.en';

/** Texts inside of the components. Where a language lacks one the English one is shown. */
export const componentTexts = [english];
