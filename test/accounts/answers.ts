/** Answers of the documents, as their clients read them. */
export const noToken = { error: 'Access Denied', message: 'No token header' };
export const badToken = { error: 'Access Denied', message: 'Supplied token is invalid. Please sign in again' };
export const notPermitted = { error: 'Access Denied', message: 'You do not have permission to do this' };

const fields = {
  username: { type: 'string' },
  password: { type: 'string' },
  autoGeneratePassword: { type: 'boolean' },
  changePasswordOnFirstLogin: { type: 'boolean' },
  fname: { type: 'string' },
  lname: { type: 'string' },
  blockLogin: { type: 'boolean' },
  blockLoginReason: { type: 'string' },
  email: { type: 'string' },
};
export const registerSchema = {
  type: 'object',
  properties: fields,
  required: ['username', 'autoGeneratePassword', 'email'],
};
export const deleteSchema = {
  type: 'object',
  properties: { usersToDelete: { type: 'array' } },
  required: ['usersToDelete'],
};
export const loginSchema = {
  type: 'object',
  properties: { username: { type: 'string' }, password: { type: 'string' } },
  required: ['username', 'password'],
};
export const invalid = (errorMessage: string, expectedSchema: object) => ({
  error: 'JSON validation error',
  errorMessage,
  expectedSchema,
});
