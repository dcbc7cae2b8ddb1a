import type { Endpoint } from '../catalog.ts';
import type { ChatRequest, ContentPart, Usage } from '../chat.ts';
import { costOf, effectivePrices } from '../pricing.ts';
import { nanoOfDollars } from './amounts.ts';

/** How many tokens of an answer are reserved at a time. */
export const sliceTokens = 1_024;

/** What a prompt is going to take, estimated on the safe side: one token for three bytes of text. */
export interface PromptSize {
  readonly tokens: number;
  readonly images: number;
}

/** What a request may cost at an endpoint, in nano-dollars; estimates, rounded up where they are reserved. */
export interface Charge {
  /** Of the prompt, the images in it, and the request itself. */
  readonly promptNano: number;
  /** Of a token of the answer: of text or of reasoning, whichever is dearer. */
  readonly tokenNano: number;
}

const bytesPerToken = 3;
/** What is counted for a message beside what it says. */
export const messageTokens = 8;
/** What is counted for media whose size in tokens is the model's secret: pictures, files that are only linked. */
const imageTokens = 1_600;
const linkedFileTokens = 4_000;
const fileCharactersPerToken = 8;
const audioCharactersPerToken = 300;

export function promptSizeOf(request: ChatRequest): PromptSize {
  let bytes = 0;
  let tokens = 0;
  let images = 0;
  const addPart = (part: ContentPart) => {
    if (part.type === 'text') bytes += Buffer.byteLength(part.text);
    else tokens += mediaTokensOf(part);
    if (part.type === 'image') images += 1;
  };
  for (const input of request.embedding?.inputs ?? []) {
    if (typeof input === 'string') bytes += Buffer.byteLength(input);
    else tokens += input.length;
  }
  for (const { content, toolCalls = [], reasoning } of request.messages) {
    tokens += messageTokens;
    if (typeof content === 'string') bytes += Buffer.byteLength(content);
    else for (const part of content ?? []) addPart(part);
    if (reasoning !== undefined) bytes += Buffer.byteLength(reasoning);
    for (const call of toolCalls) bytes += Buffer.byteLength(call.name) + Buffer.byteLength(call.arguments);
  }
  for (const tool of request.tools ?? []) bytes += Buffer.byteLength(JSON.stringify(tool));
  if (request.responseFormat !== undefined) bytes += Buffer.byteLength(JSON.stringify(request.responseFormat));
  return { tokens: tokens + Math.ceil(bytes / bytesPerToken), images };
}

/** What is counted for a part of a message beside its text. */
export function mediaTokensOf(part: ContentPart): number {
  switch (part.type) {
    case 'text':
      return 0;
    case 'image':
      return imageTokens;
    case 'audio':
      return Math.ceil(part.data.length / audioCharactersPerToken);
    case 'file':
      return part.url.startsWith('data:') ? Math.ceil(part.url.length / fileCharactersPerToken) : linkedFileTokens;
  }
}

/** With the price of long prompts where it may apply, and that of writing them to a cache where that is dearer. */
export function chargeAt({ pricing }: Endpoint, { tokens, images }: PromptSize): Charge {
  const { prompt, completion, cacheWrite = '0' } = effectivePrices(pricing, tokens);
  const dollars =
    Math.max(Number(prompt), Number(cacheWrite)) * tokens +
    Number(pricing.request) +
    Number(pricing.image ?? 0) * images;
  return {
    promptNano: dollars * 1e9,
    tokenNano: Math.max(Number(completion), Number(pricing.reasoning ?? 0)) * 1e9,
  };
}

/** How many tokens of an answer the first slice covers: none where vectors are asked for, which are paid by what goes in. */
export function firstSliceTokens({ embedding, maxTokens = sliceTokens }: ChatRequest): number {
  return embedding === undefined ? Math.min(maxTokens, sliceTokens) : 0;
}

/**
 * How many tokens of reasoning are reserved beside the first slice: as many as the request allows, where it says so. They may come
 * unseen, and be told of at the end. Together they are no more than the longest answer.
 */
export function reasoningReserveTokens({ embedding, reasoning, maxTokens }: ChatRequest): number {
  if (embedding !== undefined || reasoning?.enabled === false || reasoning?.effort === 'none') return 0;
  const rest = maxTokens === undefined ? Number.POSITIVE_INFINITY : Math.max(0, maxTokens - sliceTokens);
  return Math.min(reasoning?.maxTokens ?? 0, rest);
}

/** What is reserved before a request is sent: its prompt, the first slice of its answer, and its reasoning, where they are dearest. */
export function firstReservationNano(endpoints: readonly Endpoint[], size: PromptSize, request: ChatRequest): number {
  const tokens = firstSliceTokens(request) + reasoningReserveTokens(request);
  const sums = endpoints.map((endpoint) => {
    const { promptNano, tokenNano } = chargeAt(endpoint, size);
    return promptNano + tokenNano * tokens;
  });
  return Math.ceil(Math.max(0, ...sums));
}

/** What a usage costs by the endpoint's prices, in whole nano-dollars. */
export function costNanoOf(usage: Usage, { pricing }: Endpoint, images: number): number {
  return wholeNano(costOf(usage, pricing, images));
}

/** A cost as pricing gives it, in whole nano-dollars. */
export function wholeNano(cost: string): number {
  const nano = nanoOfDollars(cost);
  if (nano === undefined) throw new RangeError(`${cost} is not a cost that the books can hold.`);
  return nano;
}
