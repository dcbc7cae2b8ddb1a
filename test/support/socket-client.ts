import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { TypedDocument } from './typed-document.ts';

/** A graphql-ws client that tries once, as a caller that pays for each try wants it. */
export function socketClient(url: string, connectionParams: Record<string, unknown> = {}): Client {
  return createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0, connectionParams });
}

/** The data of each result of a subscription. Leaving the loop unsubscribes. Throws at errors, and where the socket closes. */
export async function* subscription<Result, Variables extends Record<string, unknown>>(
  client: Client,
  document: TypedDocument<Result, Variables>,
  variables: Variables,
): AsyncGenerator<Result, void, undefined> {
  try {
    for await (const { data, errors } of client.iterate<Result>({ query: document.toString(), variables })) {
      if (errors !== undefined) throw new Error(JSON.stringify(errors));
      if (data != null) yield data;
    }
  } catch (thrown) {
    // The client throws the event of the socket as it is, which holds the whole socket.
    const { code, reason } = thrown as Partial<WebSocket.CloseEvent>;
    throw thrown instanceof Error ? thrown : new Error(`the socket closed: ${code} ${reason}`);
  }
}

/** All that a subscription says. */
export async function collected<Result>(results: AsyncIterable<Result>): Promise<Result[]> {
  return Array.fromAsync(results);
}
