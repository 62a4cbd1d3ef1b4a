import { translator } from '../translator.ts';
import { operate } from './operate.ts';
import { decisions } from './server/decisions.ts';
import { events } from './server/events.ts';
import { explanations } from './server/explanations.ts';
import { refusals } from './server/refusals.ts';

/** Texts of the gateway that the pages show. A test finds each in the gateway's source. */
export const serverTexts = { ...refusals, ...events, ...explanations, ...decisions };

export const translate = translator(serverTexts, { '{state}': operate.messageStates });
