/** The text of every token that the upstream says. */
const token = ' token';

const envelope = {
  id: 'chatcmpl-8c1f0b7e2d5a4936',
  object: 'chat.completion.chunk',
  created: 1_790_000_000,
  model: 'bench',
  system_fingerprint: 'fp_bench',
};

/** A server-sent event in OpenAI's form for one token: as text, or as reasoning. */
export function tokenChunk(field: 'content' | 'reasoning_content'): string {
  return chunk({ choices: [{ index: 0, delta: { [field]: token }, logprobs: null, finish_reason: null }] });
}

/** The first event of a stream, which says nothing yet. */
export const openingChunk = chunk({
  choices: [{ index: 0, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null }],
});

/** The last events of a stream of so many tokens. */
export function closingChunks(tokens: number): string {
  const finish = chunk({ choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }] });
  return `${finish}${chunk({ choices: [], usage: usageOf(tokens) })}data: [DONE]\n\n`;
}

/** A whole answer of so many tokens. */
export function wholeAnswer(tokens: number): string {
  return JSON.stringify({
    ...envelope,
    object: 'chat.completion',
    choices: [
      { index: 0, message: { role: 'assistant', content: token.repeat(tokens), refusal: null }, finish_reason: 'stop' },
    ],
    usage: usageOf(tokens),
  });
}

/** How many tokens a text holds that the upstream said. */
export function tokensIn(text: string): number {
  return text.length / token.length;
}

function chunk(fields: object): string {
  return `data: ${JSON.stringify({ ...envelope, ...fields })}\n\n`;
}

function usageOf(tokens: number) {
  return { prompt_tokens: 10, completion_tokens: tokens, total_tokens: tokens + 10 };
}
