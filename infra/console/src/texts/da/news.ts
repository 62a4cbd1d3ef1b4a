import type { Texts } from '../texts.ts';

export const news: Texts['news'] = {
  description: 'Hvad andre har gjort i dine processer, siden du sidst markerede dette som set.',
  list: 'Siden sidst',
  none: 'Intet nyt. Hvad andre gør i dine processer, vises her, også mens du er væk.',
  more: 'Der er mere: markér disse som set for at se det.',
  acknowledge: 'Markér som set',
  when: 'Hvornår',
  what: 'Hvad',
  process: 'Proces',
  content: 'Indhold',
  open: 'Åbn processen',
  reasons: {
    messages: 'Ny besked',
    files: 'Filer ændret',
    serviceType: 'En anden ydelse',
    serviceStatus: 'Ydelsen er kommet videre',
    processStatus: 'Ny status',
  },
  research: 'Dit arbejde',
  count: (count) => `${count} nye`,
  nothing: 'Intet nyt',
};
