import { describe, expect, it } from 'vitest';
import { useWorlds } from '../support/setup.ts';
import { invalid, registerSchema } from './answers.ts';
import { type AccountsApi, createAccountsApi } from './api.ts';

const createWorld = useWorlds();
const createApi = async (): Promise<AccountsApi> => createAccountsApi(await createWorld());

const whole = { username: 'bob', autoGeneratePassword: true, email: 'bob@centre.example' };

describe('creating an account', () => {
  it.each<[unknown, string]>([
    [{}, "'username' is a required property"],
    [{ autoGeneratePassword: true, email: 'e' }, "'username' is a required property"],
    [{ username: 'bob' }, "'autoGeneratePassword' is a required property"],
    [{ username: 'bob', autoGeneratePassword: true }, "'email' is a required property"],
    [{ ...whole, username: 1 }, "1 is not of type 'string'"],
    [{ ...whole, autoGeneratePassword: 'yes' }, "'yes' is not of type 'boolean'"],
    [{ ...whole, autoGeneratePassword: 1 }, "1 is not of type 'boolean'"],
    [{ ...whole, email: null }, "None is not of type 'string'"],
    [{ username: 1, autoGeneratePassword: true }, "'email' is a required property"],
    [[], "[] is not of type 'object'"],
    ['null', "None is not of type 'object'"],
    ['"hi"', "'hi' is not of type 'object'"],
    [{ ...whole, password: 5 }, "5 is not of type 'string'"],
    ['{"username":"bob","autoGeneratePassword":true,"email":"e","password":5.0}', "5.0 is not of type 'string'"],
    [{ ...whole, password: ['x', true, null] }, "['x', True, None] is not of type 'string'"],
    [{ ...whole, username: 'eve' }, "'bob' was expected"],
    [{ ...whole, autoGeneratePassword: false }, "'password' is a required property"],
    [{ ...whole, autoGeneratePassword: false, password: 'short' }, 'password must have at least 15 characters'],
    [{ ...whole, email: 'nobody' }, 'email must be an e-mail address'],
    [{ ...whole, fname: 'a\u0000' }, 'fname must not have control characters'],
  ])('of %j is refused: %s', async (body, text) => {
    const { ask } = await createApi();
    expect(await ask('POST /user/bob', body)).toMatchObject({ status: 400, body: invalid(text, registerSchema) });
    expect(await ask('GET /user/bob')).toMatchObject({ status: 404 });
  });

  it('answers 201 once, then 409', async () => {
    const { ask, create } = await createApi();
    expect(await create('bob')).toMatchObject({ status: 201, body: { message: 'User bob was created successfully' } });
    expect(await create('bob')).toMatchObject({ status: 409, body: { error: 'User bob already exists' } });
    expect(await create('BOB')).toMatchObject({ status: 409, body: { error: 'User BOB already exists' } });
    expect(await ask('POST /user/eve', { ...whole, username: 'eve', email: 'BOB@centre.example' })).toMatchObject({
      status: 409,
      body: { error: 'Email BOB@centre.example is already in use' },
    });
  });

  it('takes what the document forgot, and ignores what it does not know', async () => {
    const { ask } = await createApi();
    const body = { ...whole, more: { a: 1 }, changePasswordOnNextLogin: true };
    expect(await ask('POST /user/bob/', body)).toMatchObject({ status: 201 });
    expect(await ask('GET /user/bob')).toMatchObject({
      body: { autoGeneratePassword: true, changePasswordOnFirstLogin: true },
    });
  });

  it.each(['new', 'permissions', 'disable', 'permission', 'enalble', 'resenddpassword', 'NEW', 'users', 'a b', 'bоb'])(
    'of the name %s is not allowed',
    async (username) => {
      const { ask } = await createApi();
      expect(await ask(`POST /user/${username}`, { ...whole, username })).toMatchObject({
        status: 409,
        body: { error: `Username ${username} is not allowed` },
      });
    },
  );

  it('of the later version has a quota, and needs no name in the body', async () => {
    const { ask } = await createApi();
    const body = { autoGeneratePassword: true, email: 'bob@centre.example', storageQuota: 5e9, quotaGroup: 'gold' };
    expect(await ask('POST /admin/users/bob', { ...body, storageQuota: undefined })).toMatchObject({
      status: 400,
      body: { errorMessage: "'storageQuota' is a required property" },
    });
    expect(await ask('POST /admin/users/bob', body)).toMatchObject({ status: 201 });
    expect((await ask('GET /admin/users/bob')).body).toEqual({
      username: 'bob',
      changePasswordOnNextLogin: true,
      fname: '',
      lname: '',
      blockLogin: false,
      blockLoginReason: '',
      email: 'bob@centre.example',
      permissions: [],
      storage: { quota: 5e9, quotaGroup: 'gold', usage: 0, absolutePath: '' },
    });
  });
});
