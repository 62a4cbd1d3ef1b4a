import * as z from 'zod';
import { allUsers, isVisibleTo, type User } from '../users.ts';
import { userShape, userView } from '../views.ts';
import { account, okAnswerWith, okWith, readViewer, route, type WorkspacesRoute } from './context.ts';

const listUsers = route({
  method: 'GET',
  path: '/uws/users',
  summary: 'Lists the users that the caller may share workspaces with',
  access: account,
  query: z.object({
    search: z
      .string()
      .optional()
      .meta({ examples: ['jensen'] }),
  }),
  answers: {
    200: okAnswerWith('The users; none is no error', z.object({ users: z.array(userShape) }), {
      users: [{ id: 2, first_name: 'Bo', last_name: 'Jensen', username: 'bo', email: 'bo@centre.example' }],
    }),
  },
  async handler({ caller, query: { search = '' } }, context) {
    const viewer = await readViewer(context, caller);
    const known = (await allUsers(context)).filter((user) => user.userId !== viewer.userId);
    const visible = await Promise.all(known.map((user) => isVisibleTo(context, viewer, user)));
    const users = known.filter((user, index) => visible[index] && matches(user, search)).map(userView);
    const message = users.length > 0 ? 'Successful.' : 'Users matching given parameters could not be found.';
    return okWith(message, { users });
  },
});

function matches({ account: { fname = '', lname = '', email = '' } }: User, search: string): boolean {
  const wanted = search.toLowerCase();
  return `${fname} ${lname}`.toLowerCase().includes(wanted) || email.toLowerCase().includes(wanted);
}

export const userRoutes: readonly WorkspacesRoute[] = [listUsers];
