import type { Texts } from '../texts.ts';

export const account: Texts['account'] = {
  description: 'Hvor du er logget ind, og hvad der beskytter din konto.',
  sessions: 'Sessioner',
  sessionsDescription: 'Kender du ikke en af dem, så log ud overalt, og skift adgangskode.',
  noSessions: 'Ingen er logget ind på denne konto.',
  signedInAt: 'Logget ind',
  endsAt: 'Slutter',
  address: 'Adresse',
  program: 'Program',
  current: 'Denne side',
  thisOne: 'Denne',
  factors: 'Anden faktor',
  totp: 'Godkendelsesapp, tilføjet',
  passkeys: 'Adgangsnøgler',
  recoveryCodes: 'Gendannelseskoder tilbage',
  none: 'Ingen',
};
