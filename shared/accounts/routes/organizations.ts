import * as z from 'zod';
import { holderOf } from '../../api/access.ts';
import { answer } from '../../api/answer.ts';
import { ruleBroken } from '../../api/validation-error.ts';
import { adminOrOperator } from '../caller.ts';
import { isAllowedOrganizationName, listOrganizations, readOrganization, sizeProblem } from '../organization.ts';
import { deleteOrganization, saveOrganization } from '../save-organization.ts';
import { type AccountsRoute, actorOf, errorAnswer, messageAnswer, route } from './context.ts';

const admin = holderOf('admin');
const path = '/accounts/admin/organizations/{name}';
const parameters = z.object({ name: z.string().meta({ examples: ['Heart Clinic'] }) });

const fields = {
  supportedServices: z.array(z.int().min(1)),
  members: z.array(z.string()),
  details: z.record(z.string(), z.unknown()),
};
const example = { supportedServices: [1], members: ['bob'], details: {} };
const version = z.int().min(0);
const body = z
  .object({
    ...fields,
    version: version.optional().describe('The one that the change was made on, 0 for none: another one is refused'),
  })
  .meta({ examples: [{ ...example, version: 1 }] });
const view = z
  .object({ name: z.string(), ...fields, version })
  .meta({ examples: [{ name: 'Heart Clinic', ...example, version: 1 }] });
const notFound = errorAnswer('No such organization', 'Organization Heart Clinic does not exist');
const doesNotExist = (name: string) => answer(404, { error: `Organization ${name} does not exist` });

const list = route({
  method: 'GET',
  path: '/accounts/admin/organizations',
  summary: 'Lists the organizations',
  access: adminOrOperator,
  answers: { 200: { description: 'All organizations, by name', body: z.object({ organizations: z.array(view) }) } },
  handler: async (_request, context) => answer(200, { organizations: await listOrganizations(context) }),
});

const read = route({
  method: 'GET',
  path,
  summary: 'Shows an organization',
  access: adminOrOperator,
  parameters,
  answers: { 200: { description: 'The organization', body: view }, 404: notFound },
  async handler({ parameters: { name } }, context) {
    const found = await readOrganization(context, name);
    return found ? answer(200, found) : doesNotExist(name);
  },
});

const put = route({
  method: 'PUT',
  path,
  summary: 'Creates or replaces an organization',
  access: admin,
  parameters,
  body,
  answers: {
    200: { description: 'The organization is replaced', body: view },
    201: { description: 'The organization is new', body: view },
    409: errorAnswer(
      'A name that is not allowed, or another version',
      'Organization Heart Clinic has changed meanwhile. Look at it again',
    ),
  },
  async handler(request, context) {
    const { name } = request.parameters;
    if (!isAllowedOrganizationName(name)) {
      return answer(409, { error: `Organization name ${name} is not allowed` });
    }
    const problem = sizeProblem(request.body);
    if (problem !== undefined) throw ruleBroken(body, problem);
    const saved = await saveOrganization(context, { name, ...request.body }, actorOf(request));
    if (saved.kind === 'no-such-user') throw ruleBroken(body, `members: User ${saved.userName} does not exist`);
    if (saved.kind === 'other-version') {
      const problem = saved.exists ? 'has changed meanwhile. Look at it again' : 'does not exist';
      const error = `Organization ${name} ${request.body.version === 0 ? 'already exists' : problem}`;
      return answer(409, { error });
    }
    return saved.kind === 'created' ? answer(201, saved.organization) : answer(200, saved.organization);
  },
});

const remove = route({
  method: 'DELETE',
  path,
  summary: 'Deletes an organization',
  access: admin,
  parameters,
  answers: {
    200: messageAnswer('The organization is gone', 'Organization Heart Clinic has been deleted'),
    404: notFound,
  },
  async handler(request, context) {
    const { name } = request.parameters;
    return (await deleteOrganization(context, name, actorOf(request)))
      ? answer(200, { message: `Organization ${name} has been deleted` })
      : doesNotExist(name);
  },
});

/** Groups of accounts that carry out services. */
export const organizationRoutes: readonly AccountsRoute[] = [list, read, put, remove];
