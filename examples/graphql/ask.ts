// Asks over GraphQL and prints the whole answer: npx node examples/graphql/ask.ts "What is the capital of France?"
import { AskDocument, type AskMutation, type AskMutationVariables } from '../../test/operations/generated/graphql.ts';

const url = process.env.POINTSMAN_URL ?? 'http://localhost:4000';
const key = process.env.POINTSMAN_API_KEY;
const model = process.env.POINTSMAN_MODEL ?? 'pointsman/tiny-1m';
const question = process.argv[2] ?? 'What is the capital of France?';

const variables: AskMutationVariables = { input: { model, messages: [{ role: 'USER', content: question }] } };
const response = await fetch(`${url}/graphql`, {
  method: 'POST',
  headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
  body: JSON.stringify({ query: AskDocument.toString(), variables }),
});

if (response.ok) {
  const { data, errors }: { data?: AskMutation; errors?: readonly { message: string }[] } = await response.json();
  const result = data?.createChatCompletion;
  if (result?.__typename === 'ChatCompletion') console.log(`${result.content}\ncost: ${result.cost} US dollars`);
  else if (result !== undefined) fail(`${result.__typename}: ${result.message}`);
  else fail(JSON.stringify(errors));
} else {
  fail(`HTTP ${response.status}: ${await response.text()}`);
}

function fail(reason: string): void {
  console.error(reason);
  process.exitCode = 1;
}
