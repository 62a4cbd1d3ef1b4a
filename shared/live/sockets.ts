import {
  type ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';

/** API Gateway's end of the connections. */
export interface Sockets {
  /**
   * Sends a text to a client.
   *
   * @returns whether the connection exists
   * @throws when API Gateway does not take the text, or not in time
   */
  post(connectionId: string, text: string): Promise<boolean>;
  /** Closes a connection; nothing happens when there is none. */
  close(connectionId: string): Promise<void>;
}

export const managementSockets = (client: Pick<ApiGatewayManagementApiClient, 'send'>): Sockets => ({
  async post(ConnectionId, text) {
    const sent = await unlessGone(client.send(new PostToConnectionCommand({ ConnectionId, Data: Buffer.from(text) })));
    return sent !== undefined;
  },
  async close(ConnectionId) {
    await unlessGone(client.send(new DeleteConnectionCommand({ ConnectionId })));
  },
});

async function unlessGone<Answer>(call: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Error && error.name === 'GoneException') return undefined;
    throw error;
  }
}
