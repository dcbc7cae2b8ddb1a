import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import {
  ReadAlongDocument,
  type ReadAlongSubscription,
  type ReadAlongSubscriptionVariables,
} from '../test/operations/generated/graphql.ts';

// Prints an answer as it is written: node examples/read-along.ts "Tell me a story."
const url = process.env.POINTSMAN_URL ?? 'http://localhost:4000';
const variables: ReadAlongSubscriptionVariables = {
  input: { messages: [{ role: 'USER', content: process.argv[2] ?? 'Tell me a story.' }] },
};

// No retries: to subscribe again is to ask, and to pay, again.
const client = createClient({
  url: `${url.replace(/^http/, 'ws')}/graphql`,
  webSocketImpl: WebSocket,
  retryAttempts: 0,
});
const events = client.iterate<ReadAlongSubscription>({
  query: ReadAlongDocument.toString(),
  variables: { ...variables },
});
for await (const { data } of events) {
  const event = data?.streamChatCompletion;
  if (event === undefined) continue;
  if ('text' in event) process.stdout.write(event.text);
  if ('completion' in event) console.log(`\n(${event.completion.finishReason}, ${event.completion.cost} US dollars)`);
  if ('error' in event && 'code' in event.error) {
    console.error(`\n${event.error.code}: ${event.error.message}`);
    process.exitCode = 1;
  }
}
await client.dispose();
