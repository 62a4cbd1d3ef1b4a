import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject, onTestFinished, vi } from 'vitest';
import { startJsonServer } from '../../infra/local/services/json-server.ts';
import { mailActions } from '../../infra/local/services/mail.ts';
import { mailFromEnvironment } from '../../shared/processes/mail/environment.ts';
import { serviceRegistry } from '../../shared/processes/services/service.ts';
import { sweep } from '../../shared/processes/sweep.ts';
import { minute, type World } from '../support/world.ts';
import { createProcessesApi } from './processes-api.ts';
import { printing } from './test-service.ts';

const never = Number.POSITIVE_INFINITY;
const link = 'https://pages.centre.example/orders?tab=mine';

/** An order that was sent, at a gateway that sends mail by a stand-in for SES. */
export async function createMailingApi(world: World) {
  const file = join(mkdtempSync(join(inject('directory'), 'mails-')), 'mails.jsonl');
  const server = await startJsonServer(mailActions(file));
  onTestFinished(() => server[Symbol.asyncDispose]());
  onTestFinished(() => void vi.unstubAllEnvs());
  const variables = {
    AWS_ENDPOINT_URL_SESV2: server.endpoint,
    AWS_REGION: 'eu-north-1',
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'secret',
    MAIL_SENDER: 'gateway@centre.example',
    MAIL_LINK: link,
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  const mail = mailFromEnvironment();
  if (!mail) throw new Error('There is no mail');
  const services = serviceRegistry([printing]);
  const api = createProcessesApi(world, services, world.clock, mail);
  const { context } = api;
  const client = await api.signUp('ann', { email: 'ann@uni.example' });
  const worker = await api.signUp('walt', { email: 'walt@clinic.example' });
  await api.signUp('vera', { email: 'vera@clinic.example', blockLogin: true });
  await api.signUp('noah');
  const clinic = await api.organize('Clinic', ['walt', 'vera', 'noah']);
  const order = await api.createOrder(client, clinic);
  const mails = (): { from: string; to: string[]; subject: string; text: string }[] => {
    try {
      return readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    } catch {
      return [];
    }
  };
  const pass = async (time: number) => {
    world.clock.advance(time);
    await sweep(context, never);
    world.clock.advance(2 * minute);
    await sweep(context, never);
  };
  const left = async () => (await world.rows.all('processes')).filter(({ scope }) => scope === 'work');
  return { ...api, mail, client, worker, order, mails, pass, left };
}
