import { preferredLanguage } from './texts/language.ts';
import { loadTexts } from './texts/load-texts.ts';

// Starts what the first page needs while its programs still load. It imports none of them.

/** Shows the gateway that a request is of its own page: pages of other origins cannot send it. */
export const pageHeader = { 'x-console': '1' } as const;

export const language = preferredLanguage();
export const spoken = loadTexts(language);

const answers = new Map<string, Promise<Response>>();

/** Whether a request was sent early, whose answer nobody has taken. @param path without a query */
export const isAsked = (path: string): boolean => answers.has(path);

/** The answer to a request that was sent early, once. @param path without a query */
export function takeEarly(path: string): Promise<Response> | undefined {
  const answer = answers.get(path);
  answers.delete(path);
  return answer;
}

function get(path: string): Promise<Response> {
  const answer = fetch(path, { credentials: 'same-origin', cache: 'no-store', headers: pageHeader });
  answers.set(path, answer);
  return answer;
}

async function start(): Promise<void> {
  const session = await get('/accounts/session');
  if (!session.ok || !/^\/(?:console(?:\/overview)?\/?)?$/.test(location.pathname)) return;
  const { permissions, changePassword, addSecondFactor } = await session.clone().json();
  if (permissions.includes('operator') && !changePassword && !addSecondFactor) await get('/operate/status');
}

// Whoever takes an answer sees its failure.
start().catch(() => {});
