import type { Endpoint, Modality } from '../catalog.ts';
import type { ChatRequest, ContentPart, EmbeddingInput, Message, Parameter, Prompt } from '../chat.ts';
import { type Conversation, conversationOf } from './cache-affinity.ts';

/** What a request needs of an endpoint, worked out once. */
export interface Requirements {
  readonly parameters: ReadonlySet<Parameter>;
  readonly modalities: ReadonlySet<Modality>;
  /** From the number of characters: about four a token. Media is not counted. */
  readonly estimatedPromptTokens: number;
  /** Of those, what an endpoint's context must hold at a time: all of them or, where vectors are asked for, the longest input. */
  readonly longestInputTokens: number;
  readonly images: number;
  /** Which conversation it goes on with. */
  readonly conversation: Conversation;
}

const remembered = new WeakMap<
  ChatRequest,
  { readonly account: string | undefined; readonly requirements: Requirements }
>();

/** `account` is opaque, and keeps conversations of different callers apart. */
export function requirementsOf(request: ChatRequest, account?: string): Requirements {
  const known = remembered.get(request);
  return known !== undefined && known.account === account ? known.requirements : workedOut(request, account);
}

/** The same, remembered for when the request is run. */
export function rememberedRequirements(request: ChatRequest, account: string | undefined): Requirements {
  const requirements = requirementsOf(request, account);
  remembered.set(request, { account, requirements });
  return requirements;
}

function workedOut(request: ChatRequest, account: string | undefined): Requirements {
  const modalities = new Set<Modality>(['text']);
  let characters = 0;
  let images = 0;
  for (const message of request.messages) {
    characters += textLength(message);
    for (const part of partsOf(message)) {
      modalities.add(part.type);
      if (part.type === 'image') images += 1;
    }
  }
  for (const tool of request.tools ?? []) characters += JSON.stringify(tool).length;
  const inputs = inputTokens(request.embedding);
  const estimatedPromptTokens = Math.ceil(characters / charactersPerToken) + inputs.total;
  return {
    parameters: parametersOf(request),
    modalities,
    estimatedPromptTokens,
    longestInputTokens: request.embedding === undefined ? estimatedPromptTokens : inputs.longest,
    images,
    conversation: conversationOf(request, account),
  };
}

const charactersPerToken = 4;

function inputTokens({ inputs }: EmbeddingInput = { inputs: [] }) {
  let total = 0;
  let longest = 0;
  for (const input of inputs) {
    const tokens = typeof input === 'string' ? Math.ceil(input.length / charactersPerToken) : input.length;
    total += tokens;
    longest = Math.max(longest, tokens);
  }
  return { total, longest };
}

/** The optional things that the caller asked for. */
function parametersOf(prompt: Prompt): ReadonlySet<Parameter> {
  const asked = new Set<Parameter>();
  for (const [field, parameter] of simpleParameters) if (prompt[field] !== undefined) asked.add(parameter);
  if (prompt.tools !== undefined && prompt.tools.length > 0) asked.add('tools');
  if (prompt.responseFormat?.type === 'json_object') asked.add('response_format');
  if (prompt.responseFormat?.type === 'json_schema') asked.add('structured_outputs');
  if (asksForReasoning(prompt)) asked.add('reasoning');
  return asked;
}

/** The prompt without what the endpoint does not support. Everything else passes unchanged; nothing is added. */
export function supportedPrompt(request: ChatRequest, endpoint: Endpoint): Prompt {
  const {
    model: _model,
    models: _models,
    provider: _provider,
    timeoutMs: _timeoutMs,
    sessionId: _sessionId,
    embedding: _embedding,
    ...prompt
  } = request;
  const supports = (parameter: Parameter) => endpoint.supportedParameters.has(parameter);
  const kept: { -readonly [Field in keyof Prompt]: Prompt[Field] } = { ...prompt };
  for (const [field, parameter] of simpleParameters) if (!supports(parameter)) delete kept[field];
  // Where it cannot be said that no tool may be called, the tools are left out to the same end.
  if (!supports('tools') || (prompt.toolChoice === 'none' && !supports('tool_choice'))) delete kept.tools;
  if (!supports('reasoning')) delete kept.reasoning;
  if (!supports('tools') || kept.tools === undefined) {
    delete kept.toolChoice;
    delete kept.parallelToolCalls;
  }
  const format = kept.responseFormat?.type;
  if (format === 'json_schema' && !supports('structured_outputs')) delete kept.responseFormat;
  if (format === 'json_object' && !supports('response_format')) delete kept.responseFormat;
  return kept;
}

const simpleParameters = [
  ['toolChoice', 'tool_choice'],
  ['parallelToolCalls', 'parallel_tool_calls'],
  ['maxTokens', 'max_tokens'],
  ['temperature', 'temperature'],
  ['topP', 'top_p'],
  ['topK', 'top_k'],
  ['minP', 'min_p'],
  ['topA', 'top_a'],
  ['frequencyPenalty', 'frequency_penalty'],
  ['presencePenalty', 'presence_penalty'],
  ['repetitionPenalty', 'repetition_penalty'],
  ['seed', 'seed'],
  ['stop', 'stop'],
  ['logitBias', 'logit_bias'],
  ['logprobs', 'logprobs'],
  ['topLogprobs', 'top_logprobs'],
  ['verbosity', 'verbosity'],
  ['prediction', 'prediction'],
  ['user', 'user'],
] as const satisfies readonly (readonly [keyof Prompt, Parameter])[];

function asksForReasoning({ reasoning }: Prompt): boolean {
  return reasoning !== undefined && reasoning.enabled !== false && reasoning.effort !== 'none';
}

function partsOf(message: Message): readonly ContentPart[] {
  return typeof message.content === 'object' ? message.content : [];
}

function textLength(message: Message): number {
  if (typeof message.content === 'string') return message.content.length;
  return partsOf(message).reduce((sum, part) => sum + (part.type === 'text' ? part.text.length : 0), 0);
}
