/** Passwords of 15 or more characters that are frequent in leaked lists. */
export const commonPasswords: ReadonlySet<string> = new Set(
  `123456789987654321 1qaz2wsx3edc4rfv qazwsxedcrfvtgb 123456789qwerty 12345678900987654321 qwerty123456789
  12345678987654321 q1w2e3r4t5y6u7i8 1qazxsw23edcvfr4 1234qwerasdfzxcv 1234567890987654321 1234567890qwerty
  q1w2e3r4t5y6u7i8o9p0 passwordstandard 1234567887654321 zxcvbnm123456789 122333444455555 111222333444555
  qwertyuiop12345 1qa2ws3ed4rf5tg qwertasdfgzxcvb correcthorsebatterystaple
  thisismypassword ihateyou123456789 iloveyou123456789 letmeinletmein123 changemechangeme`.split(/\s+/),
);

/** Words that passwords are often built from, and rows of keys. They add nothing to the strength of a longer password. */
export const commonWords: readonly string[] =
  `password passwort kodeord adgangskode qwertyuiop asdfghjkl zxcvbnm qwerty azerty asdfgh zxcvbn 1qaz2wsx qazwsx
  q1w2e3r4 letmein iloveyou welcome velkommen administrator admin sunshine princess dragon monkey football baseball
  superman batman starwars trustno1 whatever secret hemmelig computer internet master shadow michael jordan hunter
  charlie summer winter spring autumn sommer vinter denmark danmark statistics statistik default changeme temporary`
    .split(/\s+/)
    .toSorted((one, other) => other.length - one.length);
