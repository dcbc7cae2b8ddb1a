import { expect, it } from 'vitest';
import type { StreamPart } from '../../../src/chat.ts';
import { answerOf } from '../../../src/providers/answer.ts';
import { createGoogleReader } from '../../../src/providers/google-response.ts';

function partsOf(...chunks: Record<string, unknown>[]): StreamPart[] {
  const reader = createGoogleReader();
  const parts: StreamPart[] = [];
  for (const chunk of chunks) reader.read(chunk, parts);
  return [...parts, ...reader.end()];
}
const chunk = (parts: object[], candidate: object = {}) => ({ candidates: [{ content: { parts }, ...candidate }] });
const stop = { finishReason: 'STOP' };

it('reads thoughts, text, signatures and images', () => {
  const answer = answerOf(
    partsOf(
      chunk([{ text: 'Hm', thought: true }]),
      chunk([{ text: 'm.', thought: true }]),
      chunk([{ text: 'Here' }, { inlineData: { mimeType: 'image/png', data: 'iVBORw==' } }]),
      chunk([{ text: ' it is.' }]),
      chunk([{ text: '', thoughtSignature: 'sig' }], stop),
    ),
  );
  expect(answer).toMatchObject({
    content: 'Here it is.',
    reasoning: 'Hmm.',
    reasoningDetails: [
      { type: 'reasoning.text', format: 'google-gemini-v1', index: 0, text: 'Hmm.' },
      { type: 'reasoning.encrypted', format: 'google-gemini-v1', index: 1, data: 'sig' },
    ],
    images: [{ url: 'data:image/png;base64,iVBORw==' }],
    finishReason: 'stop',
    nativeFinishReason: 'STOP',
  });
  expect(answer).not.toHaveProperty('usage');
});

it('gives calls without an id one that differs from answer to answer, and their signature the same', () => {
  const [first, second] = ['r1', 'r2'].map((responseId) =>
    answerOf(
      partsOf({
        responseId,
        ...chunk(
          [
            { functionCall: { name: 'weather', args: { city: 'Rome' } }, thoughtSignature: 'sig' },
            { functionCall: { id: 'given', name: 'now' } },
          ],
          stop,
        ),
      }),
    ),
  );
  expect(first?.toolCalls).toEqual([
    { id: 'call_r1_0', name: 'weather', arguments: '{"city":"Rome"}' },
    { id: 'given', name: 'now', arguments: '{}' },
  ]);
  expect(first?.reasoningDetails).toEqual([
    { type: 'reasoning.encrypted', format: 'google-gemini-v1', index: 0, data: 'sig', id: 'call_r1_0' },
  ]);
  expect(first?.finishReason).toBe('tool_calls');
  expect(second?.toolCalls[0]?.id).toBe('call_r2_0');
});

it('puts streamed arguments together, of calls that follow each other', () => {
  const call = (functionCall: object) => chunk([{ functionCall }]);
  const partial = (...partialArgs: object[]) => call({ partialArgs, willContinue: true });
  const answer = answerOf(
    partsOf(
      call({ name: 'weather', willContinue: true }),
      partial({ jsonPath: '$.city', stringValue: 'San ', willContinue: true }),
      partial({ jsonPath: '$.city', stringValue: 'José', willContinue: true }),
      partial({ jsonPath: '$.city', stringValue: '' }),
      partial({ jsonPath: '$.days[0].name', stringValue: 'Mon' }, { jsonPath: "$['in detail']", boolValue: false }),
      partial({ jsonPath: '$.days[1].hour', numberValue: 7 }, { jsonPath: '$.note', nullValue: 'NULL_VALUE' }),
      call({}),
      call({ name: 'now', willContinue: true }),
      call({}),
      { candidates: [stop] },
    ),
  );
  expect(answer.toolCalls.map((toolCall) => [toolCall.name, JSON.parse(toolCall.arguments)])).toEqual([
    ['weather', { city: 'San José', days: [{ name: 'Mon' }, { hour: 7 }], 'in detail': false, note: null }],
    ['now', {}],
  ]);
});

it('lets no path of an argument reach beyond the arguments', () => {
  const partialArgs = [
    { jsonPath: '$.__proto__.polluted', stringValue: 'yes' },
    { jsonPath: '$.list[0]', numberValue: 1 },
    { jsonPath: '$.list.__proto__.polluted', stringValue: 'yes' },
  ];
  partsOf(chunk([{ functionCall: { name: 'f', partialArgs } }], stop));
  expect('polluted' in {} || 'polluted' in []).toBe(false);
  const endless = [{ jsonPath: '$.a[4000000000]', numberValue: 1 }];
  expect(() => partsOf(chunk([{ functionCall: { name: 'f', partialArgs: endless } }], stop))).toThrow(
    expect.objectContaining({ kind: 'malformed_response' }),
  );
});

it('counts thoughts inside the completion and takes the last word of each count', () => {
  const parts = partsOf(
    { usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 1, totalTokenCount: 10 }, ...chunk([{ text: 'a' }]) },
    {
      usageMetadata: {
        promptTokenCount: 9,
        cachedContentTokenCount: 4,
        candidatesTokenCount: 20,
        thoughtsTokenCount: 30,
        totalTokenCount: 59,
        trafficType: 'ON_DEMAND',
      },
      ...chunk([], stop),
    },
  );
  expect(parts.at(-1)).toEqual({
    type: 'usage',
    usage: {
      promptTokens: 9,
      completionTokens: 50,
      totalTokens: 59,
      cachedTokens: 4,
      cacheWriteTokens: 0,
      reasoningTokens: 30,
      source: 'provider',
    },
  });
});

it.each([
  ['MAX_TOKENS', 'length'],
  ['SAFETY', 'content_filter'],
  ['RECITATION', 'content_filter'],
  ['PROHIBITED_CONTENT', 'content_filter'],
  ['A_REASON_OF_TOMORROW', 'stop'],
])('ends with %s as %s', (native, reason) => {
  expect(partsOf({ candidates: [{ finishReason: native }] })).toEqual([
    { type: 'finish', reason, nativeReason: native },
  ]);
});

const endings = ['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL', 'OTHER', 'NO_IMAGE', 'MALFORMED_RESPONSE'];

it.each(endings)('fails where it ended with %s and holds nothing but thoughts', (finishReason) => {
  const failed = expect.objectContaining({ kind: 'malformed_response' });
  expect(() => partsOf({ candidates: [{ finishReason }] })).toThrow(failed);
  expect(() => partsOf(chunk([{ text: 'Hm', thought: true }]), chunk([{ text: '' }], { finishReason }))).toThrow(
    failed,
  );
});

it.each([
  { text: 'Once' },
  { functionCall: { name: 'f', args: {} } },
  { inlineData: { mimeType: 'image/png', data: 'iVBORw==' } },
])('ends in error, but keeps its content, with %o', (part) => {
  const parts = partsOf(chunk([part]), chunk([], { finishReason: 'UNEXPECTED_TOOL_CALL' }));
  expect(parts.at(-1)).toEqual({ type: 'finish', reason: 'error', nativeReason: 'UNEXPECTED_TOOL_CALL' });
});

it('takes the last of several finish reasons, since older versions say STOP with every chunk', () => {
  const parts = partsOf(chunk([{ text: 'a' }], stop), chunk([{ text: 'b' }], stop), {
    candidates: [{ finishReason: 'RECITATION' }],
  });
  expect(parts.filter((part) => part.type === 'finish')).toEqual([
    { type: 'finish', reason: 'content_filter', nativeReason: 'RECITATION' },
  ]);
});

it('takes a blocked prompt for a content filter', () => {
  expect(partsOf({ promptFeedback: { blockReason: 'SAFETY' } })).toEqual([
    { type: 'finish', reason: 'content_filter', nativeReason: 'SAFETY' },
  ]);
});

it('is truncated without a finish reason', () => {
  expect(() => partsOf(chunk([{ text: 'Once upon' }]))).toThrow(expect.objectContaining({ kind: 'truncated' }));
});

it('gives sources with UTF-16 offsets, made of the bytes that the API counts', () => {
  const groundingMetadata = {
    groundingChunks: [{ web: { uri: 'https://a.example', title: 'a' } }, { web: { uri: 'https://b.example' } }],
    groundingSupports: [
      { segment: { endIndex: 4, text: 'Hé ' }, groundingChunkIndices: [0, 1] },
      { segment: { startIndex: 4, endIndex: 8 }, groundingChunkIndices: [1, 9] },
    ],
  };
  const parts = partsOf(chunk([{ text: 'Hé 😀!' }], { ...stop, groundingMetadata }));
  expect(parts.find((part) => part.type === 'annotations')).toEqual({
    type: 'annotations',
    annotations: [
      { type: 'url_citation', url: 'https://a.example', title: 'a', startIndex: 0, endIndex: 3 },
      { type: 'url_citation', url: 'https://b.example', startIndex: 0, endIndex: 3 },
      { type: 'url_citation', url: 'https://b.example', startIndex: 3, endIndex: 5 },
    ],
  });
});

it('gives log probabilities in the form that callers know', () => {
  const logprobsResult = {
    chosenCandidates: [{ token: 'Hi', logProbability: -0.1 }],
    topCandidates: [
      {
        candidates: [
          { token: 'Hi', logProbability: -0.1 },
          { token: 'Yo', logProbability: -3 },
        ],
      },
    ],
  };
  expect(answerOf(partsOf(chunk([{ text: 'Hi' }], { ...stop, logprobsResult }))).logprobs).toEqual({
    content: [
      {
        token: 'Hi',
        logprob: -0.1,
        bytes: [72, 105],
        top_logprobs: [
          { token: 'Hi', logprob: -0.1, bytes: [72, 105] },
          { token: 'Yo', logprob: -3, bytes: [89, 111] },
        ],
      },
    ],
  });
});

it('survives chunks of any shape', () => {
  const odd = [null, 7, 'text', [], {}, [null]];
  const chunks = odd.flatMap((value) => [
    { candidates: value, usageMetadata: value, promptFeedback: value },
    { candidates: [{ content: value, groundingMetadata: value, citationMetadata: value, logprobsResult: value }] },
    { candidates: [{ content: { parts: [value, { functionCall: value, inlineData: value }] } }] },
    { candidates: [{ content: { parts: [{ functionCall: { name: 'f', partialArgs: value } }] } }] },
  ]);
  expect(answerOf(partsOf(...chunks, { candidates: [stop] })).content).toBe('');
});
