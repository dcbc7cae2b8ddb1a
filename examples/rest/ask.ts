// Asks over REST and prints the whole answer: npx node examples/rest/ask.ts "What is the capital of France?"
import OpenAI from 'openai';

const url = process.env.POINTSMAN_URL ?? 'http://localhost:4000';
const apiKey = process.env.POINTSMAN_API_KEY ?? 'none'; // An open server takes any.
const model = process.env.POINTSMAN_MODEL ?? 'pointsman/tiny-1m';
const question = process.argv[2] ?? 'What is the capital of France?';

// Pointsman has tried what could be tried when it answers with an error.
const openai = new OpenAI({ baseURL: `${url}/api/v1`, apiKey, maxRetries: 0 });

try {
  const { choices, usage } = await openai.chat.completions.create({
    model,
    messages: [{ role: 'user', content: question }],
  });
  console.log(choices[0]?.message.content);
  if (usage && 'cost' in usage) console.log(`cost: ${Number(usage.cost).toFixed(9)} US dollars`);
} catch (error) {
  if (!(error instanceof OpenAI.APIError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
