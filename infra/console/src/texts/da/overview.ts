import type { Texts } from '../texts.ts';

export const overview: Texts['overview'] = {
  description: 'Dine projekter, og hvad der sker, mens det sker.',
  descriptionOfOperators: 'Om gatewayen virker, hvad der venter, og hvad der sker, mens det sker.',
  account: 'Konto',
  userName: 'Brugernavn',
  permissions: 'Tilladelser',
  noPermissions: 'Ingen: du ser de projekter, som du har adgang til',
  lastDay: 'Det sidste døgn, time for time',
  quantities: {
    messages: 'Færdige meddelelser',
    files: 'Overførte filer',
    bytes: 'Bytes i disse filer',
    held: 'Meddelelser der venter på et menneske, højst',
    incidents: 'Åbne hændelser, højst',
    oldestAge: 'Alder på den ældste ventende meddelelse, højst',
  },
  noNumbers: 'Ingen hentning har givet tal endnu.',
  asTable: 'Tallene som tabel',
  hour: 'Time fra',
  latest: 'Seneste hændelser',
  latestEmpty: 'Intet er sket, siden du åbnede siden. Hændelser vises her inden for et sekund.',
};
