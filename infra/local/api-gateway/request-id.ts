import { randomBytes } from 'node:crypto';

/** Like `JKJaXmPLvHcESHA=`. */
export const newRequestId = () => randomBytes(11).toString('base64');
