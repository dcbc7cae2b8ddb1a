import { describe, expect, it } from 'vitest';
import type { FailureKind } from '../../../src/errors.ts';
import { kindOfStatus } from '../../../src/providers/failure.ts';
import { errorIn, interpretError } from '../../../src/providers/openai-compatible-errors.ts';

const kindOf = (status: number, body: unknown) => interpretError(status, body)?.kind ?? kindOfStatus(status, body);

const sentences: readonly [kind: FailureKind, status: number, sentences: readonly string[]][] = [
  [
    'context_length_exceeded',
    400,
    [
      "This model's maximum context length is 4096 tokens. However, your messages resulted in 5000 tokens.",
      "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
      'prompt too long; exceeded max context length by 12 tokens',
      'Prompt contains 200 tokens, too large for model with 128 maximum context length',
      'Please reduce the length of the messages or completion.',
      'the request exceeds the available context size, try increasing it',
      'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097.',
      'The decoder prompt (length 5000) is longer than the maximum model length of 4096.',
      'Range of input length should be [1, 30720]',
      'Your request exceeded model token limit: 8192',
      'The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).',
      'The total length of all messages is too long.',
      'invalid params, context window exceeds limit',
    ],
  ],
  [
    'unsupported_parameter',
    400,
    [
      "Unsupported parameter: 'max_tokens' is not supported with this model.",
      'Unrecognized request argument supplied: top_k',
      'deepseek-reasoner does not support this tool_choice',
      'This model does not support image input',
      'messages[0]: unknown variant `image_url`, expected `text`',
      "parameter 'logit_bias' is currently not supported",
    ],
  ],
  ['unsupported_parameter', 404, ['No endpoints found that support tool use.']],
  [
    'model_not_found',
    400,
    [
      'Invalid model: foo',
      'foo/bar is not a valid model ID',
      'Model Not Exist',
      'The model `foo` has been decommissioned and is no longer supported',
    ],
  ],
  [
    'model_not_found',
    404,
    ['No endpoints found for foo/bar.', 'Model not found, inaccessible, and/or not deployed', 'Resource not found'],
  ],
  ['content_filtered', 403, ['Your input was flagged for violence', 'Content violates usage guidelines.']],
  ['content_filtered', 400, ['Your request was rejected as a result of our safety system.']],
  [
    'credentials_rejected',
    400,
    ['Incorrect API key provided: in***ey.', 'API key not valid. Please pass a valid API key.'],
  ],
  ['provider_credits_exhausted', 403, ["Your newly created team doesn't have any credits yet."]],
  ['provider_credits_exhausted', 429, ['Insufficient balance or no resource package. Please recharge.']],
  [
    'rate_limited',
    429,
    [
      'Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day',
      'Request too large for gpt-x on tokens per min (TPM): Limit 200000, Requested 2000038.',
      'You have exceeded the token rate limit of your current pricing tier. Please retry after 26 seconds.',
    ],
  ],
  ['overloaded', 429, ['The engine is currently overloaded, please try again later']],
  [
    'invalid_request',
    400,
    [
      'Invalid value for temperature',
      'Error while downloading https://example.com/image.png.',
      'messages: at least one is required',
    ],
  ],
];

describe('what an error in OpenAI’s form means', () => {
  it('believes a status that blames the request or its rate before a type that calls everything a server error', () => {
    const body = { error: { message: 'no', type: 'server_error' } };
    expect(kindOf(429, body)).toBe('rate_limited');
    expect(kindOf(400, body)).toBe('invalid_request');
    expect(kindOf(500, body)).toBe('server_failed');
    expect(kindOf(200, body)).toBe('server_failed');
  });

  for (const [kind, status, said] of sentences) {
    for (const message of said) {
      it(`is ${kind} for ${status} "${message}"`, () => expect(kindOf(status, { error: { message } })).toBe(kind));
    }
  }

  it('is what the innermost code says', () => {
    expect(kindOf(400, { error: { code: 'invalid_prompt', message: 'Your prompt was flagged.' } })).toBe(
      'content_filtered',
    );
    expect(kindOf(400, { error: { code: 'x', innererror: { code: 'ResponsibleAIPolicyViolation' } } })).toBe(
      'content_filtered',
    );
    expect(kindOf(429, { error: { code: '1113', message: '余额不足' } })).toBe('provider_credits_exhausted');
    expect(kindOf(413, { error: { code: 'rate_limit_exceeded', type: 'tokens', message: 'Request too large' } })).toBe(
      'rate_limited',
    );
    expect(kindOf(400, { error: { code: 'tool_use_failed', type: 'invalid_request_error', message: 'x' } })).toBe(
      'malformed_response',
    );
    expect(kindOf(401, { error: { type: 'api_error', message: 'Unauthorized' } })).toBe('credentials_rejected');
    expect(kindOf(401, { error: { code: '1002', message: 'token invalid' } })).toBe('credentials_rejected');
    expect(kindOf(200, { status_code: 1002, status_msg: 'x' })).toBe('rate_limited');
  });

  it.each([400, 404, 422])('never blames the provider for a name that the caller chose, for status %i', (status) => {
    for (const message of [
      "Invalid schema for function 'get_api_key': In context=('properties', 'x'), 'required' is missing.",
      'Bad value "insufficient balance" in tools[0].',
      'Tool `no such model` cannot be called.',
      'tools[invalid api key] is wrong',
      "Invalid schema for function 'user's invalid api key'.",
    ]) {
      expect(kindOf(status === 404 ? 400 : status, { error: { message } }), message).toBe('invalid_request');
      expect(interpretError(status, { error: { message } })?.kind, message).toBe(undefined);
    }
  });

  it('reads what stands between apostrophes that quote nothing', () => {
    const kind = (message: string) => kindOf(400, { error: { message } });
    expect(kind("We couldn't use the invalid API key, it isn't yours.")).toBe('credentials_rejected');
    expect(kind("The model 'acme-1' doesn't exist or you don't have access to it.")).toBe('model_not_found');
  });

  it('believes a code for the request before a sentence that blames the endpoint, and no other', () => {
    const kind = (code: string, message: string) => kindOf(400, { error: { code, message } });
    const message = 'Invalid schema for function get_api_key: required is not an array';
    expect(kind('x', message)).toBe('credentials_rejected');
    for (const code of [
      'invalid_function_parameters',
      'invalid_value',
      'invalid_type',
      'invalid_json_schema',
      'missing_required_parameter',
      'string_above_max_length',
    ]) {
      expect(kind(code, message), code).toBe('invalid_request');
    }
    expect(kind('string_above_max_length', "Invalid 'messages[0].content': string too long.")).toBe(
      'context_length_exceeded',
    );
    expect(kindOf(200, { status_code: 2013, status_msg: 'invalid params, unknown model acme-1' })).toBe(
      'model_not_found',
    );
  });

  it('is told in the words of the upstream behind a router', () => {
    const body = (raw: string) => ({ error: { code: 400, message: 'Provider returned error', metadata: { raw } } });
    expect(interpretError(400, body('{"error":{"message":"prompt is too long"}}'))).toEqual({
      kind: 'context_length_exceeded',
      message: 'prompt is too long',
    });
    expect(interpretError(400, body('plain words'))).toEqual({ message: 'plain words' });
  });
});

describe('an error inside an answer', () => {
  it('is found in every form, and nowhere else', () => {
    for (const answer of [
      { error: { message: 'x' } },
      { error: 'x', choices: [] },
      { object: 'error', message: 'x' },
      { base_resp: { status_code: 1000 }, choices: [] },
      { x_groq: { error: 'x' }, choices: [] },
      { detail: 'x' },
      { code: 'x', message: 'y' },
    ]) {
      expect(errorIn(answer), JSON.stringify(answer)).not.toBe(undefined);
    }
    for (const answer of [
      { choices: [] },
      { error: null, choices: [] },
      { error: '', choices: [] },
      { usage: {} },
      { base_resp: { status_code: 0, status_msg: '' }, choices: [] },
      { id: 'x', object: 'chat.completion.chunk' },
      {},
    ]) {
      expect(errorIn(answer), JSON.stringify(answer)).toBe(undefined);
    }
  });
});
