import type { ContentPart, JsonObject, Message, Prompt, ReasoningDetail, Tool } from '../chat.ts';
import { ProviderError } from '../errors.ts';
import { parseDataUrl } from './data-url.ts';
import { geminiGeneration, googleFormat, thinkingConfig } from './google-thinking.ts';
import { argumentsObject, calledFunction, parseObject, partsOf, textParts } from './message-content.ts';
import type { ProviderCall } from './provider.ts';
import { joinDetails } from './reasoning.ts';

type Wire = Readonly<Record<string, unknown>>;

/** The body of models.generateContent (ai.google.dev/api/generate-content). Throws `unsupported_parameter` for parts that it cannot carry. */
export function googleRequest(call: ProviderCall): Wire {
  const { prompt } = call;
  const system = prompt.messages.filter(isInstruction).flatMap((message) => textParts(message, 'Google'));
  const config = generationConfig(call);
  return {
    ...(system.length === 0 ? {} : { systemInstruction: { parts: system.map(({ text }) => ({ text })) } }),
    contents: contentsOf(call),
    ...toolsOf(prompt),
    ...(Object.keys(config).length === 0 ? {} : { generationConfig: config }),
  };
}

function isInstruction(message: Message): boolean {
  return message.role === 'system' || message.role === 'developer';
}

/** User and model take turns, and the answers to one turn's calls stand in one turn. */
function contentsOf(call: ProviderCall): readonly Wire[] {
  const turns: { readonly role: 'user' | 'model'; readonly parts: Wire[] }[] = [];
  for (const message of call.prompt.messages) {
    if (isInstruction(message)) continue;
    const role = message.role === 'assistant' ? 'model' : 'user';
    const parts = wireParts(message, call);
    const last = turns.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else if (parts.length > 0) turns.push({ role, parts: [...parts] });
  }
  return turns;
}

function wireParts(message: Message, call: ProviderCall): readonly Wire[] {
  switch (message.role) {
    case 'assistant':
      return modelParts(message, call.model);
    case 'tool':
      return functionResponse(message, call.prompt.messages);
    default:
      return partsOf(message).map(partOf);
  }
}

/** Thoughts, text and calls, each with the signature that it came with: the API refuses a conversation that has lost them. */
function modelParts(message: Message, model: string): readonly Wire[] {
  const details = joinDetails(message.reasoningDetails ?? []).filter((detail) => detail.format === googleFormat);
  const calls = message.toolCalls ?? [];
  const signatures = details.filter((detail) => detail.type === 'reasoning.encrypted');
  const ofCall = (id: string) => signatures.find((detail) => detail.id === id)?.data;
  const ofText = signatures.filter((detail) => !calls.some((toolCall) => toolCall.id === detail.id));

  return [
    ...details.filter((detail) => detail.type === 'reasoning.text').map(thoughtPart),
    ...signed(partsOf(message).map(partOf), ofText),
    ...calls.map((toolCall, index) => {
      const functionCall = { id: toolCall.id, name: toolCall.name, args: argumentsObject(toolCall.arguments) };
      const signature = ofCall(toolCall.id) ?? (index === 0 ? signatureOfStrangers(model) : undefined);
      return { functionCall, ...(signature === undefined ? {} : { thoughtSignature: signature }) };
    }),
  ];
}

function thoughtPart(detail: ReasoningDetail): Wire {
  const signature = detail.signature === undefined ? {} : { thoughtSignature: detail.signature };
  return { text: detail.text ?? '', thought: true, ...signature };
}

/** The signature that came with or after a text belongs to its last part; without any text it stands in a part of its own. */
function signed(parts: readonly Wire[], signatures: readonly ReasoningDetail[]): readonly Wire[] {
  const [first, ...rest] = signatures;
  if (first === undefined) return parts;
  const own = rest.map(({ data }) => ({ text: '', thoughtSignature: data }));
  const last = parts.at(-1) ?? { text: '' };
  return [...parts.slice(0, -1), { ...last, thoughtSignature: first.data }, ...own];
}

/**
 * What Google documents for calls that another model made: from the third generation on the first call of a turn must be signed
 * (ai.google.dev/gemini-api/docs/thought-signatures).
 */
function signatureOfStrangers(model: string): string | undefined {
  return (geminiGeneration(model) ?? 0) >= 3 ? 'skip_thought_signature_validator' : undefined;
}

/** A result that is a JSON object goes as it is, any other text as its `output`; what is not text follows beside it. */
function functionResponse(message: Message, messages: readonly Message[]): readonly Wire[] {
  const name = calledFunction(messages, message);
  if (name === undefined) {
    throw new ProviderError(
      'unsupported_parameter',
      `Google needs the name of the function that ${message.toolCallId ?? 'a result'} answers`,
    );
  }
  const parts = partsOf(message);
  const text = parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
  const response: JsonObject = parseObject(text) ?? { output: text };
  const id = message.toolCallId === undefined ? {} : { id: message.toolCallId };
  return [{ functionResponse: { ...id, name, response } }, ...parts.filter((part) => part.type !== 'text').map(partOf)];
}

function partOf(part: ContentPart): Wire {
  switch (part.type) {
    case 'text':
      return { text: part.text };
    case 'audio':
      return { inlineData: { mimeType: audioTypes[part.format] ?? `audio/${part.format}`, data: part.data } };
    default: {
      const data = parseDataUrl(part.url);
      if (data !== undefined) return { inlineData: { mimeType: data.mediaType, data: data.base64 } };
      const mimeType = mediaTypeOf(part.url) ?? (part.type === 'image' ? 'image/jpeg' : 'application/pdf');
      return { fileData: { mimeType, fileUri: part.url } };
    }
  }
}

const audioTypes: Readonly<Record<string, string>> = { mp3: 'audio/mpeg', m4a: 'audio/mp4', pcm16: 'audio/pcm' };

function mediaTypeOf(url: string): string | undefined {
  const ending = /\.([a-z0-9]+)(?:[?#]|$)/i.exec(url)?.[1]?.toLowerCase();
  return ending === undefined ? undefined : mediaTypes[ending];
}

const mediaTypes: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  heic: 'image/heic',
  pdf: 'application/pdf',
  txt: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  html: 'text/html',
  json: 'application/json',
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  mp4: 'video/mp4',
};

function toolsOf({ tools, toolChoice }: Prompt): Wire {
  if (tools === undefined || tools.length === 0) return {};
  const config = toolChoice === undefined ? {} : { toolConfig: { functionCallingConfig: callingConfig(toolChoice) } };
  return { tools: [{ functionDeclarations: tools.map(declarationOf) }], ...config };
}

function declarationOf(tool: Tool): Wire {
  return {
    name: tool.name,
    ...(tool.description === undefined ? {} : { description: tool.description }),
    ...(tool.parameters === undefined ? {} : { parametersJsonSchema: tool.parameters }),
  };
}

function callingConfig(choice: NonNullable<Prompt['toolChoice']>): Wire {
  if (typeof choice === 'object') return { mode: 'ANY', allowedFunctionNames: [choice.function] };
  return { mode: { none: 'NONE', auto: 'AUTO', required: 'ANY' }[choice] };
}

function generationConfig(call: ProviderCall): Wire {
  const { prompt } = call;
  const config = {
    maxOutputTokens: prompt.maxTokens,
    temperature: prompt.temperature,
    topP: prompt.topP,
    topK: prompt.topK,
    frequencyPenalty: prompt.frequencyPenalty,
    presencePenalty: prompt.presencePenalty,
    seed: prompt.seed,
    stopSequences: prompt.stop,
    responseLogprobs: prompt.logprobs,
    logprobs: prompt.logprobs === true ? prompt.topLogprobs : undefined,
    ...responseType(prompt.responseFormat),
    thinkingConfig: thinkingConfig(call),
  };
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
}

function responseType(format: Prompt['responseFormat']): Wire {
  if (format === undefined || format.type === 'text') return {};
  const schema = format.type === 'json_schema' ? { responseJsonSchema: format.schema } : {};
  return { responseMimeType: 'application/json', ...schema };
}
