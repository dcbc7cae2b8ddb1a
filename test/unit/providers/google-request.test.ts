import { describe, expect, it } from 'vitest';
import type { Message, Prompt } from '../../../src/chat.ts';
import { googleRequest } from '../../../src/providers/google-request.ts';
import { promptCall } from './prompt-call.ts';

const request = (prompt: Partial<Prompt>, model = 'gemini-2.5-flash') => googleRequest(promptCall(model, prompt));
const contentsOf = (model: string, ...messages: Message[]) => request({ messages }, model).contents;
const weather = { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } };

it('sends nothing that nobody asked for', () => {
  expect(request({})).toEqual({ contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] });
});

it('holds system and developer messages apart and lets user and model take turns', () => {
  const messages: Message[] = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'One' },
    { role: 'user', content: 'Two' },
    { role: 'developer', content: 'Speak French.' },
    { role: 'assistant', content: 'Trois' },
  ];
  expect(request({ messages })).toEqual({
    systemInstruction: { parts: [{ text: 'Be brief.' }, { text: 'Speak French.' }] },
    contents: [
      { role: 'user', parts: [{ text: 'One' }, { text: 'Two' }] },
      { role: 'model', parts: [{ text: 'Trois' }] },
    ],
  });
});

it('answers calls by the name of the function, objects as they are and other texts as output', () => {
  expect(
    contentsOf(
      'gemini-2.5-flash',
      {
        role: 'assistant',
        toolCalls: [
          { id: 'a', name: 'weather', arguments: '{"city":"Rome"}' },
          { id: 'b', name: 'now', arguments: '' },
        ],
      },
      { role: 'tool', toolCallId: 'a', content: '{"sky":"blue"}' },
      { role: 'tool', toolCallId: 'b', content: 'noon' },
    ),
  ).toEqual([
    {
      role: 'model',
      parts: [
        { functionCall: { id: 'a', name: 'weather', args: { city: 'Rome' } } },
        { functionCall: { id: 'b', name: 'now', args: {} } },
      ],
    },
    {
      role: 'user',
      parts: [
        { functionResponse: { id: 'a', name: 'weather', response: { sky: 'blue' } } },
        { functionResponse: { id: 'b', name: 'now', response: { output: 'noon' } } },
      ],
    },
  ]);
});

it('refuses a result of which nobody knows the function', () => {
  expect(() => contentsOf('gemini-2.5-flash', { role: 'tool', toolCallId: 'x', content: '' })).toThrow(
    expect.objectContaining({ kind: 'unsupported_parameter' }),
  );
});

it('carries images, audio and files', () => {
  expect(
    contentsOf('gemini-2.5-flash', {
      role: 'user',
      content: [
        { type: 'image', url: 'data:image/webp;base64,UklGRg==' },
        { type: 'image', url: 'https://example.com/cat.png?size=2' },
        { type: 'audio', data: 'AAAA', format: 'mp3' },
        { type: 'audio', data: 'AAAA', format: 'wav' },
        { type: 'file', url: 'data:application/pdf;base64,JVBERg==' },
        { type: 'file', url: 'https://example.com/a' },
      ],
    }),
  ).toEqual([
    {
      role: 'user',
      parts: [
        { inlineData: { mimeType: 'image/webp', data: 'UklGRg==' } },
        { fileData: { mimeType: 'image/png', fileUri: 'https://example.com/cat.png?size=2' } },
        { inlineData: { mimeType: 'audio/mpeg', data: 'AAAA' } },
        { inlineData: { mimeType: 'audio/wav', data: 'AAAA' } },
        { inlineData: { mimeType: 'application/pdf', data: 'JVBERg==' } },
        { fileData: { mimeType: 'application/pdf', fileUri: 'https://example.com/a' } },
      ],
    },
  ]);
});

describe('thought signatures', () => {
  const encrypted = { type: 'reasoning.encrypted', format: 'google-gemini-v1' } as const;

  it('return to the text and to the calls that they came with, after the thoughts', () => {
    expect(
      contentsOf('gemini-3-pro-preview', {
        role: 'assistant',
        content: 'Looking.',
        toolCalls: [
          { id: 'a', name: 'f', arguments: '{}' },
          { id: 'b', name: 'g', arguments: '{}' },
        ],
        reasoningDetails: [
          { type: 'reasoning.text', format: 'google-gemini-v1', index: 0, text: 'Hm.' },
          { ...encrypted, index: 1, data: 'of-text' },
          { ...encrypted, index: 2, data: 'of-a', id: 'a' },
          { type: 'reasoning.encrypted', format: 'anthropic-claude-v1', index: 3, data: 'foreign' },
        ],
      }),
    ).toEqual([
      {
        role: 'model',
        parts: [
          { text: 'Hm.', thought: true },
          { text: 'Looking.', thoughtSignature: 'of-text' },
          { functionCall: { id: 'a', name: 'f', args: {} }, thoughtSignature: 'of-a' },
          { functionCall: { id: 'b', name: 'g', args: {} } },
        ],
      },
    ]);
  });

  it('stand in a part of their own where there is no text', () => {
    const message: Message = {
      role: 'assistant',
      content: '',
      reasoningDetails: [{ ...encrypted, index: 0, data: 's' }],
    };
    expect(contentsOf('gemini-3-pro-preview', message)).toEqual([
      { role: 'model', parts: [{ text: '', thoughtSignature: 's' }] },
    ]);
  });

  it('are made up for calls of other models only where the model insists on one', () => {
    const message: Message = { role: 'assistant', toolCalls: [{ id: 'a', name: 'f', arguments: '{}' }] };
    const functionCall = { id: 'a', name: 'f', args: {} };
    expect(contentsOf('gemini-3-flash', message)).toEqual([
      { role: 'model', parts: [{ functionCall, thoughtSignature: 'skip_thought_signature_validator' }] },
    ]);
    expect(contentsOf('gemini-2.5-pro', message)).toEqual([{ role: 'model', parts: [{ functionCall }] }]);
  });
});

it.each([
  ['none', { mode: 'NONE' }],
  ['auto', { mode: 'AUTO' }],
  ['required', { mode: 'ANY' }],
  [{ function: 'weather' }, { mode: 'ANY', allowedFunctionNames: ['weather'] }],
] as const)('says the tool choice %o', (toolChoice, functionCallingConfig) => {
  expect(request({ tools: [weather], toolChoice })).toMatchObject({
    tools: [{ functionDeclarations: [{ name: 'weather', parametersJsonSchema: weather.parameters }] }],
    toolConfig: { functionCallingConfig },
  });
});

it('puts everything else into the generation config', () => {
  const schema = { type: 'object', properties: {} };
  expect(
    request({
      maxTokens: 100,
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      frequencyPenalty: 0.1,
      presencePenalty: 0.2,
      seed: 7,
      stop: ['END'],
      logprobs: true,
      topLogprobs: 3,
      responseFormat: { type: 'json_schema', name: 'dog', schema },
    }).generationConfig,
  ).toEqual({
    maxOutputTokens: 100,
    temperature: 0.5,
    topP: 0.9,
    topK: 40,
    frequencyPenalty: 0.1,
    presencePenalty: 0.2,
    seed: 7,
    stopSequences: ['END'],
    responseLogprobs: true,
    logprobs: 3,
    responseMimeType: 'application/json',
    responseJsonSchema: schema,
  });
});

it.each([
  ['gemini-2.5-flash', { effort: 'medium' }, { includeThoughts: true, thinkingBudget: 5000 }],
  ['gemini-2.5-flash', { effort: 'none' }, { includeThoughts: false, thinkingBudget: 0 }],
  ['gemini-2.5-pro', { effort: 'none' }, { includeThoughts: false, thinkingBudget: 128 }],
  ['gemini-2.5-pro', { maxTokens: 99_999 }, { includeThoughts: true, thinkingBudget: 32_768 }],
  ['gemini-2.5-flash', { enabled: true }, { includeThoughts: true }],
  ['gemini-2.5-flash', { effort: 'low', exclude: true }, { includeThoughts: false, thinkingBudget: 2000 }],
  ['gemini-3-flash-preview', { effort: 'minimal' }, { includeThoughts: true, thinkingLevel: 'minimal' }],
  ['gemini-3-flash-preview', { enabled: false }, { includeThoughts: false, thinkingLevel: 'minimal' }],
  ['gemini-3-pro-preview', { effort: 'minimal' }, { includeThoughts: true, thinkingLevel: 'low' }],
  ['gemini-3-pro-preview', { effort: 'medium' }, { includeThoughts: true, thinkingLevel: 'high' }],
  ['gemini-3.1-pro-preview', { effort: 'medium' }, { includeThoughts: true, thinkingLevel: 'medium' }],
  ['gemini-3.1-pro-preview', { effort: 'max' }, { includeThoughts: true, thinkingLevel: 'high' }],
  ['gemini-3.1-pro-preview', { maxTokens: 500 }, { includeThoughts: true, thinkingBudget: 500 }],
] as const)('tells %s to reason with %o', (model, reasoning, thinkingConfig) => {
  expect(request({ reasoning, maxTokens: 10_000 }, model).generationConfig).toMatchObject({ thinkingConfig });
});
