export const signIn = {
  title: 'Sign in',
  intro:
    'With the user name and password of your centre account. New here? Use the one-time password that you were given.',
  userName: 'User name',
  password: 'Password',
  submit: 'Sign in',
  over: 'You are signed out. Sign in to go on.',
  revoked: 'Your session has ended: you signed out elsewhere, your password changed, or your access was withdrawn.',
  factor: {
    title: 'Second factor',
    intro: 'Your account asks for a second factor.',
    totp: 'Code from your authenticator app',
    recoveryCode: 'Recovery code',
    useRecoveryCode: 'Use a recovery code',
    useTotp: 'Use the authenticator app',
    passkey: 'Use a passkey',
    submit: 'Continue',
    back: 'Start over',
  },
  newPassword: {
    title: 'Choose your own password',
    intro:
      'The one-time password was for this sign-in alone. Choose a password of 15 characters or more; a sentence is easy to remember.',
    next: 'New password',
    repeat: 'New password again',
    differs: 'The two passwords differ',
    submit: 'Set the password',
  },
  addFactor: {
    title: 'Add a second factor',
    intro:
      'Your permissions require a second factor. Add the account to an authenticator app by this key, then type the code that the app shows.',
    begin: 'Show the key',
    password: 'Your password, once more',
    key: 'Key',
    open: 'Open in an authenticator app on this device',
    code: 'Code from the app',
    submit: 'Add the second factor',
    codesTitle: 'Keep these recovery codes',
    codesIntro: 'Each lets you in once, without the app. They are shown only now.',
    done: 'I have kept them: sign in',
  },
};
