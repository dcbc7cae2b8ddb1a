import type { Endpoint } from '../catalog.ts';
import type { Answer, ChatRequest, Message, Prompt, Usage, UsageSource } from '../chat.ts';
import { costOf } from '../pricing.ts';

/** Counts tokens where no provider did; falls back to an estimate by itself. */
export type CountTokens = (
  texts: readonly string[],
) => Promise<{ readonly tokens: number; readonly source: Exclude<UsageSource, 'provider'> }>;

/** More than any model reads or writes for one request: who says so is broken, or hostile, and would be paid for it. */
const mostTokens = 100_000_000;

/** What an answer used and cost. Where the provider sent no usage, or one that cannot be, it is counted, and marked so. */
export async function settle(
  prompt: ChatRequest,
  answer: Answer,
  endpoint: Endpoint,
  inputImages: number,
  countTokens: CountTokens,
): Promise<{ readonly usage: Usage; readonly cost: string }> {
  const told = answer.usage !== undefined && isCredible(answer.usage) ? answer.usage : undefined;
  const usage = told ?? (await countedUsage(prompt, answer, countTokens));
  return { usage, cost: costOf(usage, endpoint.pricing, inputImages) };
}

function isCredible({ source: _source, ...counts }: Usage): boolean {
  return Object.values(counts).every((count) => Number.isSafeInteger(count) && count >= 0 && count <= mostTokens);
}

export function withoutReasoning({ reasoning: _reasoning, reasoningDetails: _details, ...answer }: Answer): Answer {
  return answer;
}

async function countedUsage(prompt: ChatRequest, answer: Answer, countTokens: CountTokens): Promise<Usage> {
  if (answer.vectors !== undefined) return countedInput(prompt, countTokens);
  const reasoningTexts = answer.reasoning === undefined ? [] : [answer.reasoning];
  const callTexts = answer.toolCalls.flatMap((call) => [call.name, call.arguments]);
  const [asked, said, reasoned] = await Promise.all([
    countTokens(textsOfPrompt(prompt)),
    countTokens([answer.content, answer.refusal ?? '', ...callTexts]),
    countTokens(reasoningTexts),
  ]);
  const completionTokens = said.tokens + reasoned.tokens;
  return {
    promptTokens: asked.tokens,
    completionTokens,
    totalTokens: asked.tokens + completionTokens,
    cachedTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: reasoned.tokens,
    source: [asked, said, reasoned].some(({ source }) => source === 'estimated') ? 'estimated' : 'counted',
  };
}

/** What went into vectors; nothing is written. */
async function countedInput({ embedding }: ChatRequest, countTokens: CountTokens): Promise<Usage> {
  const inputs = embedding?.inputs ?? [];
  const texts = inputs.filter((input) => typeof input === 'string');
  const given = inputs.reduce((sum, input) => sum + (typeof input === 'string' ? 0 : input.length), 0);
  const { tokens, source } = texts.length === 0 ? { tokens: 0, source: 'counted' as const } : await countTokens(texts);
  const promptTokens = tokens + given;
  const none = { completionTokens: 0, cachedTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
  return { promptTokens, totalTokens: promptTokens, ...none, source };
}

/** Everything in a prompt that is text, to be counted. */
export function textsOfPrompt({ messages, tools = [] }: Pick<Prompt, 'messages' | 'tools'>): readonly string[] {
  return [...messages.flatMap(textsOf), ...tools.map((tool) => JSON.stringify(tool))];
}

function textsOf(message: Message): string[] {
  const calls = (message.toolCalls ?? []).flatMap((call) => [call.name, call.arguments]);
  if (typeof message.content === 'string') return [message.content, ...calls];
  const parts = message.content ?? [];
  return [...parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])), ...calls];
}
