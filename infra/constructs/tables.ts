import type { Construct } from 'constructs';
import { organizationIndex } from '../../shared/accounts/organization.ts';
import { accountIndex } from '../../shared/accounts/session.ts';
import { projectIndex } from '../../shared/history/history.ts';
import type { GatewayKey } from './key.ts';
import { GatewayTable, type GatewayTableProps, number, text } from './table.ts';

/** All tables of the gateway, with their keys and indexes. */
export function createTables(scope: Construct, key: GatewayKey) {
  const table = (name: string, props: Omit<GatewayTableProps, 'key'>) =>
    new GatewayTable(scope, name, { ...props, key });
  return {
    projects: table('Projects', { partitionKey: text('projectNo') }),
    members: table('Members', { partitionKey: text('projectNo'), sortKey: text('member') }),
    users: table('Users', { partitionKey: text('accessIdentifier') }),
    messages: table('Messages', {
      partitionKey: text('messageId'),
      timeToLiveAttribute: 'expiresAt',
    }),
    lines: table('Lines', { partitionKey: text('line'), sortKey: text('position') }),
    files: table('Files', { partitionKey: text('fileId') }),
    history: table('History', {
      partitionKey: text('subject'),
      sortKey: number('sequence'),
      index: {
        indexName: projectIndex.indexName,
        partitionKey: text(projectIndex.partitionKey),
        sortKey: number(projectIndex.sortKey),
      },
    }),
    unpublished: table('Unpublished', {
      partitionKey: text('subject'),
      sortKey: number('sequence'),
    }),
    incidents: table('Incidents', { partitionKey: text('incidentId') }),
    control: table('Control', { partitionKey: text('name') }),
    accounts: table('Accounts', {
      partitionKey: text('account'),
      index: {
        indexName: organizationIndex.indexName,
        partitionKey: text(organizationIndex.partitionKey),
        sortKey: text(organizationIndex.sortKey),
      },
    }),
    sessions: table('Sessions', {
      partitionKey: text('sessionId'),
      timeToLiveAttribute: 'expiresAt',
      index: {
        indexName: accountIndex.indexName,
        partitionKey: text(accountIndex.partitionKey),
        sortKey: number(accountIndex.sortKey),
      },
    }),
    attempts: table('Attempts', { partitionKey: text('subject'), timeToLiveAttribute: 'expiresAt' }),
    connections: table('Connections', { partitionKey: text('connectionId'), timeToLiveAttribute: 'expiresAt' }),
    subscriptions: table('Subscriptions', {
      partitionKey: text('channel'),
      sortKey: text('subscriber'),
      timeToLiveAttribute: 'expiresAt',
    }),
    channels: table('Channels', {
      partitionKey: text('channel'),
      sortKey: number('offset'),
      timeToLiveAttribute: 'expiresAt',
    }),
    processes: table('Processes', {
      partitionKey: text('scope'),
      sortKey: text('item'),
      timeToLiveAttribute: 'removeAt',
    }),
    workspaces: table('Workspaces', {
      partitionKey: text('scope'),
      sortKey: text('item'),
      timeToLiveAttribute: 'expiresAt',
    }),
  };
}
