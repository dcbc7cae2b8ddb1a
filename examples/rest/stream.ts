// Prints an answer as it is written, over REST: npx node examples/rest/stream.ts "Tell me a story."
import OpenAI from 'openai';

const url = process.env.POINTSMAN_URL ?? 'http://localhost:4000';
const apiKey = process.env.POINTSMAN_API_KEY ?? 'none'; // An open server takes any.
const model = process.env.POINTSMAN_MODEL ?? 'pointsman/tiny-1m';
const question = process.argv[2] ?? 'What is the capital of France?';

// Pointsman has tried what could be tried when it answers with an error.
const openai = new OpenAI({ baseURL: `${url}/api/v1`, apiKey, maxRetries: 0 });

try {
  const chunks = await openai.chat.completions.create({
    model,
    messages: [{ role: 'user', content: question }],
    stream: true,
  });
  for await (const { choices, usage } of chunks) {
    process.stdout.write(choices[0]?.delta.content ?? '');
    if (usage && 'cost' in usage) console.log(`\ncost: ${Number(usage.cost).toFixed(9)} US dollars`);
  }
} catch (error) {
  if (!(error instanceof OpenAI.APIError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
