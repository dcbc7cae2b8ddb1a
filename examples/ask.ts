import { AskDocument, type AskMutation, type AskMutationVariables } from '../test/operations/generated/graphql.ts';

// Asks for a whole answer over HTTP and prints it: node examples/ask.ts "What is the capital of France?"
const url = process.env.POINTSMAN_URL ?? 'http://localhost:4000';
const variables: AskMutationVariables = {
  input: { messages: [{ role: 'USER', content: process.argv[2] ?? 'What is the capital of France?' }] },
};

const response = await fetch(`${url}/graphql`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ query: AskDocument.toString(), variables }),
});
const { data, errors }: { data?: AskMutation; errors?: readonly { message: string }[] } = await response.json();

const result = data?.createChatCompletion;
if (result === undefined) {
  console.error(errors?.map(({ message }) => message).join('\n') ?? `HTTP ${response.status}`);
  process.exitCode = 1;
} else if ('code' in result) {
  console.error(`${result.code}: ${result.message}${result.retryable ? ' (worth another try later)' : ''}`);
  process.exitCode = 1;
} else {
  console.log(result.content);
  console.log(`${result.model.slug} at ${result.provider.name}, ${result.cost} US dollars`);
}
