import { security as da } from './da/security.ts';
import { security as en } from './en/security.ts';
import { textsOf, type Widened } from './texts.ts';

export type SecurityTexts = Widened<typeof en>;

export const useSecurityTexts = textsOf<SecurityTexts>({ en, da });
