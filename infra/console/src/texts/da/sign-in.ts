import type { Texts } from '../texts.ts';

export const signIn: Texts['signIn'] = {
  title: 'Log ind',
  intro: 'Med brugernavn og adgangskode til din konto ved centret. Ny her? Brug engangskoden, som du har fået.',
  userName: 'Brugernavn',
  password: 'Adgangskode',
  submit: 'Log ind',
  over: 'Du er logget ud. Log ind for at fortsætte.',
  revoked:
    'Din session er slut: du loggede ud et andet sted, din adgangskode blev ændret, eller din adgang blev lukket.',
  factor: {
    title: 'Anden faktor',
    intro: 'Din konto kræver en anden faktor.',
    totp: 'Kode fra din godkendelsesapp',
    recoveryCode: 'Gendannelseskode',
    useRecoveryCode: 'Brug en gendannelseskode',
    useTotp: 'Brug godkendelsesappen',
    passkey: 'Brug en adgangsnøgle',
    submit: 'Fortsæt',
    back: 'Begynd forfra',
  },
  newPassword: {
    title: 'Vælg din egen adgangskode',
    intro: 'Engangskoden gjaldt kun denne gang. Vælg en adgangskode på mindst 15 tegn; en sætning er nem at huske.',
    next: 'Ny adgangskode',
    repeat: 'Ny adgangskode igen',
    differs: 'De to adgangskoder er forskellige',
    submit: 'Gem adgangskoden',
  },
  addFactor: {
    title: 'Tilføj en anden faktor',
    intro:
      'Dine tilladelser kræver en anden faktor. Scan QR-koden med en godkendelsesapp, og skriv koden, som appen viser.',
    passkey: 'Tilføj en adgangsnøgle i stedet',
    begin: 'Vis QR-koden',
    password: 'Din adgangskode igen',
    qrCode: 'QR-kode til en godkendelsesapp',
    key: 'Nøgle, hvis du ikke kan scanne',
    open: 'Åbn i en godkendelsesapp på denne enhed',
    code: 'Kode fra appen',
    submit: 'Tilføj den anden faktor',
    codesTitle: 'Gem disse gendannelseskoder',
    codesIntro: 'Hver kode giver adgang én gang uden appen. De vises kun nu.',
    done: 'Jeg har gemt dem: log ind',
  },
};
