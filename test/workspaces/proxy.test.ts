import { once } from 'node:events';
import { connect as connectTo } from 'node:net';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it, vi } from 'vitest';
import { requireFactor } from '../../shared/accounts/factors/requirement.ts';
import { changeJob } from '../../shared/workspaces/change-job.ts';
import { endJob } from '../../shared/workspaces/end-job.ts';
import { items } from '../../shared/workspaces/find.ts';
import { jobScope } from '../../shared/workspaces/keys.ts';
import { stopJob } from '../../shared/workspaces/stop-job.ts';
import { clusterIn, createProxyWorld, type ProxyWorld } from './proxy-fixture.ts';
import { refused } from './workspaces-fixture.ts';

/** Events that take a job from its owner, and the status that the proxy then answers with. */
const ends: [string, number, (world: ProxyWorld, job: { userId: number; jobId: number }) => Promise<unknown>][] = [
  ['is asked to stop', 410, ({ context }, job) => stopJob(context, job)],
  ['has a blocked owner', 403, (world) => change(world, 'accounts', { account: 'bob' }, 'blockLogin', true)],
  [
    'has an owner with a new password',
    401,
    (world) => change(world, 'accounts', { account: 'bob' }, 'generation', 'next'),
  ],
  [
    'has an owner whose access is disabled',
    403,
    (world) => {
      const { accessIdentifier = '' } = world.bob.account;
      return change(world, 'users', { accessIdentifier }, 'enabled', false);
    },
  ],
  [
    'has an owner without a second factor that a permission requires',
    403,
    async (world) => {
      await change(world, 'accounts', { account: 'bob' }, 'permissions', ['operator']);
      await requireFactor(world.context, 'operator', true, { by: 'root' });
    },
  ],
  ['has an owner who signs out', 401, async (world) => change(world, 'sessions', await sessionOf(world), 'endsAt', 0)],
];

async function sessionOf({ bob }: ProxyWorld) {
  return { sessionId: Buffer.from(bob.token, 'base64url').toString('base64url', 0, 16) };
}

function change(
  { context }: ProxyWorld,
  table: 'accounts' | 'users' | 'sessions',
  Key: Record<string, string>,
  field: string,
  value: unknown,
) {
  return context.db.send(
    new UpdateCommand({
      TableName: context.tables[table],
      Key,
      UpdateExpression: 'SET #field = :value',
      ExpressionAttributeNames: { '#field': field },
      ExpressionAttributeValues: { ':value': value },
    }),
  );
}

describe('the address of a job', () => {
  it('opens its server for the owner, once, and has no ticket any more afterwards', async () => {
    const world = await createProxyWorld();
    const { jobId, base, server } = await world.start();
    const { url_domain, url_path } = await world.connectionOf(jobId);
    expect(url_domain).toBe(world.originOf(jobId));
    expect(url_path).toMatch(new RegExp(`^${base}lab\\?ticket=[\\w-]{43}$`));

    // As the documented client does: it opens a notebook.
    const opened = await world.ask(jobId, url_path.replace('?', '/tree/a.ipynb?reset&'));
    expect(opened).toMatchObject({ status: 303, headers: { location: `${base}lab/tree/a.ipynb?reset` } });
    const [cookie = ''] = opened.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(new RegExp(`^dst-gateway-job=[\\w-]{43}; Path=${base}; HttpOnly; SameSite=Lax$`));
    const [pair = ''] = cookie.split(';');
    expect(await world.ask(jobId, `${base}lab?x=1`, { headers: { cookie: pair } })).toMatchObject({
      status: 200,
      body: `served ${base}lab?x=1`,
    });
    expect(server.requests).toHaveLength(1);

    expect(await world.ask(jobId, url_path)).toMatchObject({ status: 401 });
    // The session that has opened it goes on.
    expect(await world.ask(jobId, url_path, { headers: { cookie: pair } })).toMatchObject({ status: 303 });
  });

  it('lets one of many in that open it at once', async () => {
    const world = await createProxyWorld();
    const { jobId } = await world.start();
    const { url_path } = await world.connectionOf(jobId);
    const replies = await Promise.all(Array.from({ length: 12 }, () => world.ask(jobId, url_path)));
    expect(replies.map(({ status }) => status).toSorted()).toEqual([303, ...Array.from({ length: 11 }, () => 401)]);
  });

  it('opens nothing a minute later, and not ahead of time', async () => {
    const world = await createProxyWorld();
    const { jobId } = await world.start();
    const { url_path } = await world.connectionOf(jobId);
    expect(await world.ask(jobId, url_path, { headers: { 'sec-purpose': 'prefetch' } })).toMatchObject({ status: 503 });
    world.clock.advance(60_001);
    expect(await world.ask(jobId, url_path)).toMatchObject({ status: 401 });
  });

  it('opens no other job', async () => {
    const world = await createProxyWorld();
    const [one, other] = [await world.start(), await world.start()];
    const { url_path } = await world.connectionOf(one.jobId);
    const ticket = url_path.split('?')[1];
    expect(await world.ask(other.jobId, `${other.base}lab?${ticket}`)).toMatchObject({ status: 401 });
    const cookie = await world.visit(one.jobId);
    expect(await world.ask(other.jobId, `${other.base}lab`, { headers: { cookie } })).toMatchObject({ status: 401 });
    expect(await world.ask(one.jobId, `${other.base}lab`, { headers: { cookie } })).toMatchObject({ status: 404 });
    expect([...one.server.requests, ...other.server.requests]).toEqual([]);
  });

  it('is given to the owner alone, and only while there is a server', async () => {
    const world = await createProxyWorld();
    const { jobId } = await world.start();
    const eve = await world.researcher('eve', '1001');
    expect(await world.connectionOf(jobId, eve)).toBeUndefined();
    expect(await world.ask(jobId, `/passthrough/${jobId}/lab`)).toMatchObject({ status: 401 });
    const asked = (as: typeof eve) => world.api.ask(`POST /jobs/${jobId}/connection`, undefined, as);
    expect(await asked(eve)).toMatchObject(refused(404, `Job ${jobId} not found for user.`));
    expect(await asked(world.bob)).toMatchObject({ status: 200 });
    await stopJob(world.context, { userId: world.bob.userId, jobId });
    expect(await asked(world.bob)).toMatchObject(refused(409, `Job ${jobId} has no server that is ready.`));
    expect(await world.connectionOf(jobId)).toBeUndefined();
  });

  it('is in no log, and in the table as a hash', async () => {
    const world = await createProxyWorld();
    const { jobId, base } = await world.start();
    const { url_path } = await world.connectionOf(jobId);
    const cookie = await world.visit(jobId);
    await world.ask(jobId, `${base}lab`, { headers: { cookie } });
    await world.ask(jobId, `${base}lab`, { headers: { cookie: 'dst-gateway-job=no' } });
    const rows = JSON.stringify(await Array.fromAsync(items(world.context, jobScope(jobId), '')));
    const secrets = [url_path.split('ticket=')[1], cookie.split('=')[1], world.bob.token];
    for (const secret of secrets) {
      expect(rows).not.toContain(secret);
      expect(world.lines.join('\n')).not.toContain(secret);
    }
    expect(rows).toContain('ticket#');
    expect(rows).toContain('visit#');
  });
});

describe('a job that', () => {
  it.each(ends)('%s is answered with %i, and its WebSockets and answers are closed', async (_how, status, end) => {
    const world = await createProxyWorld();
    const { base, jobId, ...job } = await world.start();
    const headers = { cookie: await world.visit(jobId) };
    const { url_path } = await world.connectionOf(jobId);
    job.server.answers.slow = (_request, response) => void response.write('begun');
    const answer = world.ask(jobId, `${base}slow`, { headers }).catch((error: Error) => error);
    const socket = world.connect(jobId, `${base}api/kernels/1/channels`, headers);
    await once(socket, 'open');

    const closed = once(socket, 'close');
    await end(world, { ...job, jobId });
    const statuses = [await world.ask(jobId, `${base}lab`, { headers }), await world.ask(jobId, url_path)];
    expect(statuses).toMatchObject([{ status }, { status }]);
    await closed;
    expect(await answer).toBeInstanceOf(Error);
    await vi.waitUntil(() => job.server.sockets.every(({ readyState }) => readyState === 3));
    expect(job.server.requests).toHaveLength(2);
  });
});

describe('a request to a job', () => {
  it("reaches the server with the server's secret and nothing of the gateway's", async () => {
    const world = await createProxyWorld();
    const { jobId, base, server } = await world.start();
    const cookie = `a=1; ${await world.visit(jobId)}; dst-gateway-drafts=x; __Host-dst-gateway-job=y; _xsrf=2`;
    await world.ask(jobId, `${base}lab`, {
      headers: {
        cookie,
        authorization: `Bearer ${world.bob.token}`,
        token: world.bob.token,
        'uws-authorization': `Token ${world.bob.token}`,
        'x-forwarded-for': '203.0.113.9',
        'x-forwarded-host': 'evil.example',
        forwarded: 'for=203.0.113.9',
        connection: 'close, x-secret',
        'x-secret': '1',
      },
    });
    const [{ headers } = { headers: {} }] = server.requests;
    expect(headers).toMatchObject({
      host: `job-${jobId}.localhost:${world.port}`,
      cookie: 'a=1; _xsrf=2',
      authorization: `token secret-of-${jobId}`,
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': `job-${jobId}.localhost:${world.port}`,
      'x-forwarded-proto': 'http',
      'x-forwarded-port': `${world.port}`,
    });
    for (const name of ['token', 'uws-authorization', 'forwarded', 'x-secret'])
      expect(headers).not.toHaveProperty(name);
    expect(JSON.stringify(headers)).not.toContain(world.bob.token);
  });

  it('gets cookies of the server for the job alone, and no headers with effects elsewhere', async () => {
    const world = await createProxyWorld();
    const { jobId, base, server } = await world.start();
    server.answers.set = (_request, response) => {
      response.setHeader('set-cookie', [
        'dst-gateway-job=fixed; Path=/',
        '__Secure-dst-gateway-job=fixed; Secure',
        'dst-gateway-drafts=x',
        'wide=1; Domain=localhost; Path=/; HttpOnly',
        `narrow=1; path=${base}api`,
      ]);
      response.setHeader('clear-site-data', '"cookies"');
      response.setHeader('access-control-allow-origin', '*');
      response.setHeader('location', `http://job-${jobId}.localhost:${world.port}${base}lab`);
      response.end();
    };
    const { headers } = await world.ask(jobId, `${base}set`, { headers: { cookie: await world.visit(jobId) } });
    expect(headers['set-cookie']).toEqual([`wide=1; HttpOnly; Path=${base}`, `narrow=1; Path=${base}api`]);
    expect(headers).toMatchObject({ location: `${base}lab`, 'referrer-policy': 'same-origin' });
    for (const name of ['clear-site-data', 'access-control-allow-origin']) expect(headers).not.toHaveProperty(name);
  });

  it('is refused for a path that leads elsewhere, and finds nothing beside the job', async () => {
    const world = await createProxyWorld();
    const { jobId, base, server } = await world.start();
    const cookie = await world.visit(jobId);
    const statusOf = async (path: string, host?: string) =>
      (await world.ask(jobId, path, { headers: { cookie, ...(host !== undefined && { host }) } })).status;
    const ambiguous = [
      ...['..%2f..%2fapi', '%2e%2e/%2e%2e/13/lab', '../13/lab', './lab', 'lab/./x', 'lab//x', 'lab%5c..%5cx'],
      ...['a%00b', '%252e%252e%252flab', '%zz', 'a%0d%0ab', 'a%23b#c'],
    ];
    for (const path of ambiguous) expect([path, await statusOf(base + path)]).toEqual([path, 400]);
    const beside = ['/', '/passthrough/', '/uws/jobs', `http://evil.example${base}lab`, '//evil.example/', '*'];
    for (const path of beside) expect([path, await statusOf(path)]).toEqual([path, 404]);
    const hosts = [
      ...[`127.0.0.1:${world.port}`, 'localhost', 'job-1.evil.example', 'job-1.localhost'],
      ...[
        `job-01.localhost:${world.port}`,
        `job-1.localhost:${world.port}.evil.example`,
        `x.job-1.localhost:${world.port}`,
      ],
    ];
    for (const host of hosts) expect([host, await statusOf(`${base}lab`, host)]).toEqual([host, 404]);
    expect(server.requests).toEqual([]);
  });

  it('gets no file for download', async () => {
    const world = await createProxyWorld();
    const { jobId, base, server } = await world.start();
    const cookie = await world.visit(jobId);
    const paths = [
      'files/data.csv',
      'nbconvert/html/a.ipynb',
      'api/nbconvert',
      'view/a',
      '%66iles/data.csv',
      'FILES/a',
    ];
    for (const path of paths) {
      expect(await world.ask(jobId, `${base}${path}`, { headers: { cookie } })).toMatchObject({ status: 403 });
    }
    expect(server.requests).toEqual([]);
  });

  it('streams bodies of any size both ways, at the pace of who reads', async () => {
    const world = await createProxyWorld();
    const { jobId, base, server } = await world.start();
    const cookie = await world.visit(jobId);
    const size = 32 * 2 ** 20;
    await world.ask(jobId, `${base}api/contents/a`, { method: 'PUT', headers: { cookie }, body: Buffer.alloc(size) });
    expect(server.requests.at(-1)).toMatchObject({ body: size });

    let written = 0;
    let isFull = false;
    server.answers.big = (_request, response) => {
      const piece = Buffer.alloc(2 ** 20);
      const write = () => {
        while (written < size) {
          written += piece.length;
          if (response.write(piece)) continue;
          isFull = true;
          response.once('drain', write);
          return;
        }
        response.end();
      };
      write();
    };
    const socket = connectTo(world.port, '127.0.0.1');
    socket.write(`GET ${base}big HTTP/1.1\r\nHost: job-${jobId}.localhost:${world.port}\r\nCookie: ${cookie}\r\n\r\n`);
    socket.pause();
    await vi.waitUntil(() => isFull);
    // Nobody reads: the server is not asked for more than buffers take.
    await new Promise((done) => setImmediate(done));
    expect(written).toBeLessThan(size / 2);
    let read = 0;
    socket.on('data', (data) => {
      read += data.length;
    });
    socket.resume();
    await vi.waitUntil(() => read > size, { timeout: 20_000 });
    socket.destroy();
  });

  it('smuggles no second one', async () => {
    const world = await createProxyWorld();
    const { jobId, base, server } = await world.start();
    const cookie = await world.visit(jobId);
    const begin = `POST ${base}api HTTP/1.1\r\nHost: job-${jobId}.localhost:${world.port}\r\nCookie: ${cookie}\r\n`;
    const hidden = '\r\n\r\n0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: x\r\n\r\n';
    const ambiguous = [
      'Content-Length: 5\r\nTransfer-Encoding: chunked',
      'Content-Length: 5\r\nContent-Length: 6',
      'Transfer-Encoding: xchunked',
      'Transfer-Encoding : chunked',
      'X: y\nTransfer-Encoding: chunked',
    ];
    for (const headers of ambiguous) {
      const socket = connectTo(world.port, '127.0.0.1');
      socket.write(begin + headers + hidden);
      expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1.1 400 /);
      socket.destroy();
    }
    expect(server.requests).toEqual([]);
  });

  it('is answered with 502 when the server is gone, or tells an address elsewhere', async () => {
    const world = await createProxyWorld();
    const job = await world.start();
    const cookie = await world.visit(job.jobId);
    const tell = (hostname: string, port: number) =>
      changeJob(world.context, job, () => ({ proxy: { hostname, port, token: 'secret' } }));
    await tell('127.0.0.1', 1);
    expect(await world.ask(job.jobId, `${job.base}lab`, { headers: { cookie } })).toMatchObject({ status: 502 });
    for (const host of ['169.254.169.254', '10.0.0.1', '::', '0.0.0.0']) {
      await tell(host, job.server.port);
      expect(await world.ask(job.jobId, `${job.base}lab`, { headers: { cookie } })).toMatchObject({ status: 502 });
    }
    expect(job.server.requests).toEqual([]);
  });
});

describe('the server of a job on a cluster', () => {
  it.each([
    [['127.0.0.0/8', '::1/128'], '127.0.0.1', 200],
    [['127.0.0.0/8', '::1/128'], 'localhost', 200],
    [['10.0.0.0/8'], '127.0.0.1', 502],
    // A name counts by the address that it has when it is connected to.
    [['10.0.0.0/8'], 'localhost', 502],
    [[], '127.0.0.1', 502],
  ])('is reached in the networks %j at %s with %i', async (networks, hostname, status) => {
    const world = await createProxyWorld(clusterIn(...networks));
    const job = await world.start();
    const { port } = job.server;
    await changeJob(world.context, job, () => ({ proxy: { hostname, port, token: 'secret' } }));
    const cookie = await world.visit(job.jobId);
    expect(await world.ask(job.jobId, `${job.base}lab`, { headers: { cookie } })).toMatchObject({ status });
    expect(job.server.requests).toHaveLength(status === 200 ? 1 : 0);
  });
});

describe('a page elsewhere', () => {
  const foreign: [string, Record<string, string>][] = [
    ['of a sister job', { origin: 'http://job-999.localhost' }],
    ['without an origin of its own', { origin: 'null' }],
    ['that embeds', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' }],
    ['that frames', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }],
  ];

  it('is refused, and opens no WebSocket', async () => {
    const world = await createProxyWorld();
    const { jobId, base, server } = await world.start();
    const cookie = await world.visit(jobId);
    for (const [, headers] of foreign) {
      for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS']) {
        const reply = await world.ask(jobId, `${base}api/kernels`, { method, headers: { cookie, ...headers } });
        expect(reply).toMatchObject({ status: 403 });
      }
    }
    for (const [, headers] of foreign) {
      const socket = world.connect(jobId, `${base}api/kernels/1/channels`, { cookie, ...headers });
      const [, { statusCode }] = await once(socket, 'unexpected-response');
      expect(statusCode).toBe(403);
    }
    expect(server.requests).toEqual([]);
    expect(server.sockets).toEqual([]);
  });

  it('may link to the job', async () => {
    const world = await createProxyWorld();
    const { jobId, base } = await world.start();
    const headers = {
      cookie: await world.visit(jobId),
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };
    expect(await world.ask(jobId, `${base}lab`, { headers })).toMatchObject({ status: 200 });
    expect(await world.ask(jobId, `${base}lab`, { method: 'POST', headers })).toMatchObject({ status: 403 });
  });
});

describe('a WebSocket to a job', () => {
  it('carries text and bytes, and closes with either end', async () => {
    const world = await createProxyWorld();
    const { jobId, base, server } = await world.start();
    const cookie = await world.visit(jobId);
    const open = async () => {
      const headers = { cookie, origin: world.originOf(jobId) };
      const socket = world.connect(jobId, `${base}api/kernels/1/channels?session_id=x`, headers);
      await once(socket, 'open');
      return socket;
    };
    const one = await open();
    expect(server.requests.at(-1)).toMatchObject({
      url: `${base}api/kernels/1/channels?session_id=x`,
      headers: { authorization: `token secret-of-${jobId}`, origin: world.originOf(jobId) },
    });
    expect(JSON.stringify(server.requests)).not.toContain('dst-gateway-job');
    one.send('text');
    expect(String((await once(one, 'message'))[0])).toBe('text');
    const bytes = Buffer.alloc(3 * 2 ** 20, 7);
    one.send(bytes);
    expect((await once(one, 'message'))[0].equals(bytes)).toBe(true);
    one.terminate();
    await vi.waitUntil(() => server.sockets[0]?.readyState === 3);

    const other = await open();
    server.sockets[1]?.terminate();
    await once(other, 'close');
  });

  it('needs a visit', async () => {
    const world = await createProxyWorld();
    const { jobId, base } = await world.start();
    for (const headers of [{}, { cookie: 'dst-gateway-job=no' }, { authorization: `Bearer ${world.bob.token}` }]) {
      const socket = world.connect(jobId, `${base}api/kernels/1/channels`, headers as Record<string, string>);
      const [, { statusCode }] = await once(socket, 'unexpected-response');
      expect(statusCode).toBe(401);
    }
  });

  it('is refused when the server gives no answer', async () => {
    const world = await createProxyWorld();
    const job = await world.start();
    const cookie = await world.visit(job.jobId);
    await changeJob(world.context, job, () => ({ proxy: { hostname: '127.0.0.1', port: 1, token: 'secret' } }));
    const socket = world.connect(job.jobId, `${job.base}api/kernels/1/channels`, { cookie });
    const [, { statusCode }] = await once(socket, 'unexpected-response');
    expect(statusCode).toBe(502);
  });
});

describe('a workspace that is deleted', () => {
  it('takes tickets and visits of its jobs along', async () => {
    const world = await createProxyWorld();
    const job = await world.start();
    await world.visit(job.jobId);
    await world.connectionOf(job.jobId);
    await endJob(world.context, job, { state: 'complete', coreHours: 0 });
    await world.api.ask(`DELETE /workspaces/${job.workspaceId}`, undefined, world.bob);
    expect(await Array.fromAsync(items(world.context, jobScope(job.jobId), ''))).toEqual([]);
  });
});
