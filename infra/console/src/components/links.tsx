import { Link } from 'react-router';
import { addressOf } from '../app/navigation.ts';
import { Id } from './id.tsx';

const withId = (path: string, name: string, id: string) => `${addressOf(path)}?${new URLSearchParams({ [name]: id })}`;

const messageAddress = (id: string) => withId('messages/one', 'id', id);
export const incidentAddress = (id: string) => withId('incidents/one', 'id', id);
const projectAddress = (id: string) => withId('projects/one', 'id', id);
const historyAddress = (subject: string) => withId('history', 'subject', subject);

const accountAddress = (name: string) => withId('accounts/one', 'name', name);

export const MessageLink = ({ id }: { id: string }) => <Id id={id} to={messageAddress(id)} />;
export const ProjectLink = ({ id }: { id: string }) => <Id id={id} to={projectAddress(id)} />;
export const AccountLink = ({ name }: { name: string }) => <Id id={name} to={accountAddress(name)} />;

/** A file by its id, with a link to its history. */
export const FileLink = ({ id }: { id: string }) => <Id id={id} to={historyAddress(`file#${id}`)} />;

/** A link with the name of what it leads to. */
export const HistoryLink = ({ subject, text }: { subject: string; text: string }) => (
  <Link to={historyAddress(subject)}>{text}</Link>
);
