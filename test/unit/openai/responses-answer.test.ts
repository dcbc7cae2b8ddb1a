import { OpenResponsesResult$inboundSchema } from '@openrouter/sdk/models/openresponsesresult.js';
import { StreamEvents$inboundSchema } from '@openrouter/sdk/models/streamevents.js';
import fc from 'fast-check';
import { ResponseStream } from 'openai/lib/responses/ResponseStream';
import { describe, expect, it } from 'vitest';
import type { Completion } from '../../../src/completion.ts';
import { RateLimited } from '../../../src/errors.ts';
import { parsed } from '../../../src/openai/check.ts';
import { failureOf } from '../../../src/openai/failure.ts';
import { responsesError } from '../../../src/openai/responses/errors.ts';
import { toChatRequest } from '../../../src/openai/responses/request.ts';
import { responsesBody } from '../../../src/openai/responses/request-body.ts';
import { responseOf } from '../../../src/openai/responses/response.ts';
import { createResponseWriter } from '../../../src/openai/responses/stream.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import {
  anyAnswer,
  completionOf,
  dataOf,
  jsonLines,
  numbered,
  partsOf,
  sampleUsage,
  served,
  streamOf,
} from '../../support/sample-answers.ts';

const bodyOf = (fields: object = {}) => parsed(responsesBody, { input: 'Hello', ...fields });
const whole = (completion: Completion, fields: object = {}) => responseOf(completion, bodyOf(fields), 1_790_000_002);

function writer(fields: object = {}) {
  return createResponseWriter({
    generationId: 'gen-7',
    body: bodyOf(fields),
    requestedModel: 'acme/asked',
    clock: createManualClock(),
  });
}

/** What OpenAI's SDK makes of a stream. */
function accumulated(events: readonly object[]) {
  return ResponseStream.fromReadableStream(jsonLines(events)).finalResponse();
}

const plain = (value: unknown) => JSON.parse(JSON.stringify(value));
const forms = fc.constantFrom({}, { reasoning: { summary: 'auto' } });

describe('a response', () => {
  it('says the request again, and has usage and cost', () => {
    const fields = { instructions: 'Be brief.', metadata: { a: 'b' }, temperature: 0, max_output_tokens: 9 };
    expect(whole(completionOf({ content: 'Hello' }), fields)).toMatchObject({
      ...fields,
      id: 'gen-7',
      object: 'response',
      created_at: 1_790_000_000,
      completed_at: 1_790_000_002,
      status: 'completed',
      model: 'acme/large',
      provider: 'Quarry Compute',
      output: [
        {
          type: 'message',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: 'Hello', annotations: [], logprobs: [] }],
        },
      ],
      usage: {
        input_tokens: 120,
        input_tokens_details: { cached_tokens: 70, cache_write_tokens: 20 },
        output_tokens: 40,
        output_tokens_details: { reasoning_tokens: 8 },
        total_tokens: 160,
        cost: 0.000525,
      },
    });
  });

  it.each([
    ['stop', 'completed', null],
    ['tool_calls', 'completed', null],
    ['length', 'incomplete', { reason: 'max_output_tokens' }],
    ['content_filter', 'incomplete', { reason: 'content_filter' }],
    ['error', 'failed', null],
  ] as const)('that ended with %s is %s', (finishReason, status, incomplete_details) => {
    const response = whole(completionOf({ content: 'Hel', finishReason }));
    expect(response).toMatchObject({ status, incomplete_details });
    expect(response.output).toMatchObject([{ status: status === 'completed' ? 'completed' : 'incomplete' }]);
  });

  it('has refusals, calls, sources, pictures and log probabilities', () => {
    const annotations = [
      { type: 'url_citation', url: 'https://a.example/', title: 'A', startIndex: 0, endIndex: 4 } as const,
    ];
    const completion = completionOf({
      content: 'Rain',
      annotations,
      refusal: 'No.',
      toolCalls: [{ id: 'x', name: 'look', arguments: '{"a":1}' }],
      images: [{ url: 'data:image/png;base64,AA==' }],
      logprobs: { content: [{ token: 'Rain', logprob: -1, bytes: [82], top_logprobs: [{ token: 'R', logprob: -2 }] }] },
    });
    expect(whole(completion).output).toMatchObject([
      {
        content: [
          {
            text: 'Rain',
            annotations: [
              { type: 'url_citation', url: 'https://a.example/', title: 'A', start_index: 0, end_index: 4 },
            ],
            logprobs: [
              { token: 'Rain', logprob: -1, bytes: [82], top_logprobs: [{ token: 'R', logprob: -2, bytes: [] }] },
            ],
          },
        ],
      },
      { content: [{ type: 'refusal', refusal: 'No.' }] },
      { type: 'function_call', call_id: 'x', name: 'look', arguments: '{"a":1}' },
      { type: 'image_generation_call', status: 'completed', result: 'AA==' },
    ]);
    expect(OpenResponsesResult$inboundSchema.safeParse(plain(whole(completion))).error).toBeUndefined();
  });

  it('tells reasoning as the summary that clients show, where one is asked for', () => {
    const completion = completionOf({ reasoning: 'hm' });
    expect(whole(completion).output).toMatchObject([
      { summary: [], content: [{ type: 'reasoning_text', text: 'hm' }] },
    ]);
    const [item] = whole(completion, { reasoning: { summary: 'auto' } }).output;
    expect(item).toMatchObject({ summary: [{ type: 'summary_text', text: 'hm' }] });
    expect(item).not.toHaveProperty('content');
  });

  it("gives OpenAI's own reasoning back in OpenAI's own form", () => {
    const common = { format: 'openai-responses-v1', index: 0, id: 'rs_1' };
    const reasoningDetails = [
      { type: 'reasoning.summary', ...common, summary: 'hm' } as const,
      { type: 'reasoning.encrypted', ...common, data: 'abc' } as const,
    ];
    const summary = [{ type: 'summary_text', text: 'hm' }];
    expect(whole(completionOf({ reasoning: 'hm', reasoningDetails })).output).toEqual([
      { type: 'reasoning', id: 'rs_1', status: 'completed', summary, encrypted_content: 'abc' },
    ]);
  });

  it("is a response to OpenRouter's strict schemas", () => {
    fc.assert(
      fc.property(anyAnswer, forms, (answer, fields) => {
        const response = plain(whole(completionOf(answer), fields));
        expect(OpenResponsesResult$inboundSchema.safeParse(response).error).toBeUndefined();
      }),
    );
  });
});

describe('a stream of the Responses API', () => {
  it('has its events in the order of the real one, numbered without a gap', () => {
    const completion = completionOf({ content: 'Hello', finishReason: 'tool_calls' });
    const events = dataOf(
      writer()(
        streamOf(
          [
            { type: 'reasoning', text: 'hm' },
            { type: 'text', text: 'Hel' },
            { type: 'text', text: 'lo' },
            { type: 'toolCall', index: 0, id: 'x', name: 'look', arguments: '{}' },
          ],
          completion,
        ),
      ),
    );
    expect(events.map(({ type }) => String(type).replace('response.', ''))).toEqual([
      ...['created', 'in_progress'],
      ...['output_item.added', 'content_part.added', 'reasoning_text.delta', 'reasoning_text.done'],
      ...['content_part.done', 'output_item.done'],
      ...['output_item.added', 'content_part.added', 'output_text.delta', 'output_text.delta', 'output_text.done'],
      ...['content_part.done', 'output_item.done'],
      ...['output_item.added', 'function_call_arguments.delta', 'function_call_arguments.done', 'output_item.done'],
      'completed',
    ]);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_event, index) => index));
  });

  it("is the same response to OpenAI's SDK as the whole answer", async () => {
    await fc.assert(
      fc.asyncProperty(anyAnswer, fc.integer({ min: 1, max: 9 }), forms, async (answer, size, fields) => {
        const completion = completionOf(answer);
        const response = await accumulated(dataOf(writer(fields)(streamOf(partsOf(answer, size), completion))));
        const expected = whole(completion, fields);
        expect(response.status).toBe(expected.status);
        expect(response.output_text).toBe(answer.content);
        expect(plain(response.output.map(withoutOwnId))).toEqual(plain(expected.output.map(withoutOwnId)));
      }),
      { numRuns: 60 },
    );
  });

  it("is made of events to OpenRouter's strict schemas", () => {
    fc.assert(
      fc.property(anyAnswer, fc.integer({ min: 1, max: 9 }), forms, (answer, size, fields) => {
        for (const event of dataOf(writer(fields)(streamOf(partsOf(answer, size), completionOf(answer))))) {
          expect(StreamEvents$inboundSchema.safeParse(event).error, String(event.type)).toBeUndefined();
        }
      }),
      { numRuns: 60 },
    );
  });

  it('ends as failed where the answer breaks off, with what there was and what it cost', async () => {
    const error = new RateLimited('Slow down.');
    const partial = { content: 'Hel', toolCalls: [] };
    const events = dataOf(
      writer()(
        numbered([
          { type: 'started', ...served, attempts: [] },
          { type: 'text', text: 'Hel' },
          { type: 'failed', error, partial, attempts: [], usage: sampleUsage, cost: '0.0001' },
        ]),
      ),
    );
    expect(events.at(-1)).toMatchObject({
      type: 'response.failed',
      response: {
        status: 'failed',
        error: { code: 'rate_limit_exceeded', message: 'Slow down.' },
        error_type: 'rate_limit_exceeded',
        output: [{ status: 'incomplete', content: [{ text: 'Hel' }] }],
        usage: { cost: 0.0001 },
      },
    });
    await expect(accumulated(events)).resolves.toMatchObject({ status: 'failed', output_text: 'Hel' });
  });

  it('is whole also where it fails before it has begun', async () => {
    const events = dataOf(
      writer()(
        numbered([
          { type: 'failed', error: new RateLimited('No.'), partial: { content: '', toolCalls: [] }, attempts: [] },
        ]),
      ),
    );
    expect(events.map(({ type }) => type)).toEqual(['response.created', 'response.in_progress', 'response.failed']);
    for (const event of events) expect(StreamEvents$inboundSchema.safeParse(event).error).toBeUndefined();
    await expect(accumulated(events)).resolves.toMatchObject({ status: 'failed', model: 'acme/asked' });
  });
});

/** A stream must name an item before it can know which id the provider gave it; the provider's travels in the opaque part. */
function withoutOwnId(item: object): object {
  const { id: _id, encrypted_content: opaque, ...rest } = { id: '', encrypted_content: undefined, ...item };
  // What OpenAI's SDK adds.
  const said = JSON.parse(JSON.stringify(rest, (key, value) => (key.startsWith('parsed') ? undefined : value)));
  return { ...said, opaque: opaque !== undefined };
}

describe('an answer that is handed back', () => {
  it('is what it was, whichever provider wrote it, streamed or whole', async () => {
    await fc.assert(
      fc.asyncProperty(anyAnswer, fc.integer({ min: 1, max: 9 }), forms, async (answer, size, fields) => {
        const completion = completionOf(answer);
        const streamed = await accumulated(dataOf(writer(fields)(streamOf(partsOf(answer, size), completion))));
        const expected = {
          role: 'assistant',
          ...((answer.content !== '' || answer.toolCalls.length === 0) && { content: answer.content }),
          ...(answer.toolCalls.length > 0 && { toolCalls: answer.toolCalls }),
          ...(answer.reasoning !== undefined && answer.reasoning !== '' && { reasoning: answer.reasoning }),
          ...(answer.reasoningDetails !== undefined && { reasoningDetails: answer.reasoningDetails }),
        };
        for (const { output } of [streamed, whole(completion, fields)]) {
          if (output.length === 0) continue;
          const input = [{ role: 'user', content: 'Hello' }, ...plain(output)];
          expect(toChatRequest(bodyOf({ input }), {}).messages[1]).toEqual(expected);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('an error of the Responses API', () => {
  it("has OpenRouter's envelope, and the kind of error at the top", () => {
    const failure = failureOf(new RateLimited('Slow down.'));
    expect(failure && responsesError(failure)).toMatchObject({
      error: { code: 429, message: 'Slow down.' },
      error_type: 'rate_limit_exceeded',
    });
  });
});
