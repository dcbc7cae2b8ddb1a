// Prints an answer as it is written, over a WebSocket: npx node examples/graphql/stream.ts "Tell me a story."
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import {
  StreamAnswerDocument,
  type StreamAnswerSubscription,
  type StreamAnswerSubscriptionVariables,
} from '../../test/operations/generated/graphql.ts';

const url = process.env.POINTSMAN_URL ?? 'http://localhost:4000';
const key = process.env.POINTSMAN_API_KEY;
const model = process.env.POINTSMAN_MODEL ?? 'pointsman/tiny-1m';
const question = process.argv[2] ?? 'What is the capital of France?';

const client = createClient({
  url: `${url.replace(/^http/, 'ws')}/graphql`,
  webSocketImpl: WebSocket,
  ...(key && { connectionParams: { authorization: `Bearer ${key}` } }),
  retryAttempts: 0, // To subscribe again is to ask, and to pay, again.
});
const variables: StreamAnswerSubscriptionVariables = {
  input: { model, messages: [{ role: 'USER', content: question }] },
};
const results = client.iterate<StreamAnswerSubscription>({
  query: StreamAnswerDocument.toString(),
  variables: { ...variables },
});

try {
  for await (const { data, errors } of results) {
    const event = data?.streamChatCompletion;
    if (event === undefined) throw new Error(JSON.stringify(errors));
    if (event.__typename === 'ContentDelta') process.stdout.write(event.text);
    if (event.__typename === 'CompletionFinished') console.log(`\ncost: ${event.completion.cost} US dollars`);
    if (event.__typename === 'CompletionFailed') throw new Error(`${event.error.__typename}: ${event.error.message}`);
  }
} catch (error) {
  console.error(reasonOf(error));
  process.exitCode = 1;
}
await client.dispose();

// graphql-ws throws errors, and the events by which a WebSocket ends.
function reasonOf(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return error;
  if ('reason' in error && 'code' in error) return `closed with ${error.code}: ${error.reason}`;
  return 'message' in error ? error.message : error;
}
