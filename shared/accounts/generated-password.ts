import { randomBytes } from 'node:crypto';

/** Milliseconds for which a generated password is accepted. */
export const generatedPasswordTime = 7 * 24 * 3_600_000;

/** 20 characters of 32, none of which is taken for another: 100 random bits. */
export const generatePassword = (): string =>
  Array.from(randomBytes(20), (byte) => 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'[byte % 32]).join('');
