import type { Texts } from '../texts.ts';

export const files: Texts['files'] = {
  description:
    'Filer, som DST har leveret til dit projekt. En fil er klar, når dens bytes har den MD5, som DST har oplyst.',
  ofProject: (projectNo) => `Projekt ${projectNo}`,
  delivered: 'Leverede filer',
  noAccess:
    'Du har ingen åben adgang til et projekt hos DST. DST bestiller adgange; bed projektets kontakt hos DST om en.',
  empty: 'DST har ikke leveret nogen fil endnu. Hver fil vises her, så snart DST melder den.',
  emptyFilter: 'Ingen fil er i denne tilstand. Vælg en anden tilstand.',
  file: 'Fil',
  state: 'Tilstand',
  anyState: 'Alle tilstande',
  size: 'Størrelse',
  check: 'Kontrol',
  arrived: 'Meldt',
  stored: 'Klar siden',
  progress: (done, rate) => (rate === '' ? done : `${done}, ${rate}`),
  states: {
    pending: 'Venter',
    copying: 'Kopieres',
    stored: 'Klar',
    failed: 'Kræver en person',
    deleting: 'Slettes',
  },
  checks: {
    pending: 'Ikke kontrolleret endnu',
    copying: 'Kontrolleres, mens den kommer',
    stored: 'Bytes har denne MD5',
    failed: 'Stoppet: centrets operatører har fået besked',
    deleting: 'DST sletter den',
  },
  thrownAway: (count) => `${count} ${count === 1 ? 'kopi' : 'kopier'} med en anden MD5 kasseret`,
  otherSize: (announced) => `DST oplyste ${announced}`,
};
