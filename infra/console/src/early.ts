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
  // Whoever takes the answer sees its failure.
  answer.catch(() => {});
  answers.set(path, answer);
  return answer;
}

const statusPath = '/operate/status';

/** Kept while an operator is signed in, so that the next visit asks for the state of the gateway without waiting for the session. */
const key = 'operator';

async function start(): Promise<void> {
  const isOverview = /^\/(?:console(?:\/overview)?\/?)?$/.test(location.pathname);
  const asked = get('/accounts/session');
  if (isOverview && localStorage.getItem(key) !== null) void get(statusPath);
  const session = await asked;
  const { permissions = [], changePassword, addSecondFactor } = session.ok ? await session.clone().json() : {};
  if (permissions.includes('operator') && !changePassword && !addSecondFactor) {
    localStorage.setItem(key, '');
    if (isOverview && !isAsked(statusPath)) void get(statusPath);
  } else {
    localStorage.removeItem(key);
    takeEarly(statusPath);
  }
}

start().catch(() => {});
