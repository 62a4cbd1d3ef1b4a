import type { Texts } from '../texts.ts';

export const overview: Texts['overview'] = {
  description: 'Dine projekter, og hvad der sker, mens det sker.',
  descriptionOfOperators: 'Om gatewayen virker, hvad der venter, og hvad der sker, mens det sker.',
  account: 'Konto',
  userName: 'Brugernavn',
  permissions: 'Tilladelser',
  noPermissions: 'Ingen: du ser de projekter, som du har adgang til',
  latest: 'Seneste hændelser',
  latestEmpty: 'Intet er sket, siden du åbnede siden. Hændelser vises her inden for et sekund.',
};
