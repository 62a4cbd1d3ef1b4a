import { describe, expect, it } from 'vitest';
import { useWorlds } from '../support/setup.ts';
import { type AccountsApi, createAccountsApi } from './api.ts';

const createWorld = useWorlds();
const createApi = async (): Promise<AccountsApi> => createAccountsApi(await createWorld());

describe('the list of accounts', () => {
  it('is given page by page, each account once', async () => {
    const { ask, create } = await createApi();
    const names = Array.from({ length: 7 }, (_, index) => `user${index}`);
    for (const name of names) await create(name, { autoGeneratePassword: true });
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const { status, body } = await ask(`GET /admin/users?fetch=3${cursor === undefined ? '' : `&cursor=${cursor}`}`);
      expect(status).toBe(200);
      const page: { result: { username: string }[]; cursor?: string } = Object(body);
      expect(page.result.length).toBeLessThanOrEqual(3);
      found.push(...page.result.map(({ username }) => username));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(found.toSorted()).toEqual(['root-admin', ...names]);
  });

  it('is searched by parts of names', async () => {
    const { ask, create } = await createApi();
    await create('bob', { fname: 'Robert', lname: 'Ågesen' });
    await create('eve', { fname: 'Eve', lname: 'Robertsen' });
    const search = async (query: string) => {
      const { body } = await ask(`GET /admin/users?${query}`);
      return Object(body).result.map(({ username }: { username: string }) => username);
    };
    expect(await search('fname=ROBERT')).toEqual(['bob']);
    expect(await search('lname=%C3%A5ge')).toEqual(['bob']);
    expect(await search('fname=x&lname=rob')).toEqual([]);
    expect(await search('username=OO')).toEqual(['root-admin']);
    expect(await search('username=b&lname=rob')).toEqual([]);
  });

  it.each([
    ...['fetch=0', 'fetch=x', 'fetch=201', 'fetch=1&fetch=2'],
    ...['cursor=', 'cursor=%ff', `cursor=${Buffer.from('x'.repeat(2_049)).toString('base64url')}`],
  ])('with %s is refused', async (query) => {
    const { ask } = await createApi();
    expect(await ask(`GET /admin/users?${query}`)).toMatchObject({ status: 400 });
  });
});
