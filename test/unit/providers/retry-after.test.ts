import { describe, expect, it } from 'vitest';
import { retryAfterMs, usedUpQuota } from '../../../src/providers/retry-after.ts';

const now = Date.UTC(2026, 10, 22, 12, 0, 0);
const day = 24 * 60 * 60 * 1000;

const headers: readonly [Record<string, string>, number | undefined][] = [
  [{}, undefined],
  [{ 'retry-after-ms': '1500' }, 1500],
  [{ 'retry-after-ms': '250.4', 'retry-after': '9' }, 251],
  [{ 'retry-after-ms': '', 'retry-after': '9' }, 9000],
  [{ 'retry-after': '20' }, 20_000],
  [{ 'retry-after': '0.5' }, 500],
  [{ 'retry-after': '0' }, 0],
  [{ 'retry-after': ' 3 ' }, 3000],
  [{ 'retry-after': '2s' }, 2000],
  [{ 'retry-after': '-5' }, undefined],
  [{ 'retry-after': 'NaN' }, undefined],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after': '1.2.3' }, undefined],
  [{ 'retry-after': '99999999' }, day],
  [{ 'retry-after': 'Sun, 22 Nov 2026 12:00:30 GMT' }, 30_000],
  [{ 'retry-after': 'Sun, 22 Nov 2026 11:59:30 GMT' }, 0],
  [{ 'retry-after': 'Fri, 22 Nov 2030 11:59:30 GMT' }, day],
  [{ 'x-ratelimit-reset-requests': '1s' }, 1000],
  [{ 'x-ratelimit-reset-requests': '20ms', 'x-ratelimit-reset-tokens': '6m0s' }, 360_000],
  [{ 'x-ratelimit-reset-tokens': '1h2m3.5s' }, 3_723_500],
  [{ 'x-ratelimit-reset-tokens': '6m0s', 'x-ratelimit-remaining-tokens': '12' }, undefined],
  [{ 'x-ratelimit-reset-tokens': '6m0s', 'x-ratelimit-remaining-tokens': '0' }, 360_000],
  [{ 'x-ratelimit-reset-tokens-minute': '12.25', 'x-ratelimit-remaining-tokens-minute': '0' }, 12_250],
  [{ 'x-ratelimit-reset': String(now / 1000 + 5) }, 5000],
  [{ 'x-ratelimit-reset': String(now + 700) }, 700],
  [{ 'x-ratelimit-reset': '17' }, 17_000],
  [{ 'ratelimit-reset': '4', 'ratelimit-remaining': '0' }, 4000],
  [{ 'x-ratelimit-reset': String(now - 700) }, 0],
  [{ 'anthropic-ratelimit-requests-reset': '2026-11-22T12:00:10Z' }, undefined],
  [
    { 'anthropic-ratelimit-requests-reset': '2026-11-22T12:00:10Z', 'anthropic-ratelimit-requests-remaining': '3' },
    undefined,
  ],
  [
    { 'anthropic-ratelimit-requests-reset': '2026-11-22T12:00:10Z', 'anthropic-ratelimit-requests-remaining': '0' },
    10_000,
  ],
];

const bodies: readonly [unknown, number | undefined][] = [
  [undefined, undefined],
  ['Please try again in 7.66s. Visit the console.', 7660],
  [{ error: { message: 'Rate limit reached. Please try again in 1m2.5s.' } }, 62_500],
  [{ error: { message: 'Please try again in 120ms' } }, 120],
  [{ error: { message: 'Please retry after 20 seconds.' } }, 20_000],
  [{ error: { message: 'Please retry in 31.234s.' } }, 31_234],
  [{ error: { message: 'Try again in 1 minute, 5 seconds' } }, 65_000],
  [{ error: { message: 'Please try again later' } }, undefined],
  [{ error: { message: 'Retry with 3 models at most' } }, undefined],
  [{ error: { details: [{ '@type': 'type.googleapis.com/google.rpc.Help' }, { retryDelay: '12s' }] } }, 12_000],
  [[{ error: { details: [{ retryDelay: '12.5s' }] } }], 12_500],
  [{ error: { metadata: { headers: { 'X-RateLimit-Reset': String(now + 900), 'X-RateLimit-Remaining': '0' } } } }, 900],
  [{ error: { metadata: { headers: { 'Retry-After': 3 } } } }, 3000],
  [{ error: { availability: { retry_after: 8 } } }, 8000],
  [{ retry_after: null, error: 'x' }, undefined],
];

describe('the wait that an upstream asks for', () => {
  for (const [given, expected] of headers) {
    it(`is ${expected} ms for ${JSON.stringify(given)}`, () => expect(retryAfterMs(given, now)).toBe(expected));
  }
  for (const [body, expected] of bodies) {
    it(`is ${expected} ms for the body ${JSON.stringify(body)}`, () =>
      expect(retryAfterMs({}, now, body)).toBe(expected));
  }
  it('comes from a header rather than from the body', () => {
    expect(retryAfterMs({ 'retry-after': '1' }, now, 'try again in 9s')).toBe(1000);
  });
  it('ends for a body that is built to take long', () => {
    let deep: unknown = 'try again in 1s';
    for (let depth = 0; depth < 1000; depth += 1) deep = { deep };
    expect(retryAfterMs({}, now, deep)).toBe(undefined);
    expect(retryAfterMs({}, now, `retry ${'1s '.repeat(100_000)}`)).toBeGreaterThan(0);
    expect(retryAfterMs({}, now, `retry ${'1'.repeat(100_000)}`)).toBe(undefined);
  });
});

describe('a good answer’s limits', () => {
  const cases: readonly [title: string, headers: Record<string, string>, found: ReturnType<typeof usedUpQuota>][] = [
    [
      'are not used up where something remains',
      { 'x-ratelimit-remaining-requests': '1', 'x-ratelimit-reset-requests': '6s' },
      undefined,
    ],
    ['are not used up where nothing is told', { 'x-ratelimit-reset-requests': '6s' }, undefined],
    [
      'are used up at OpenAI',
      { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '8.64s' },
      { resetMs: 8_640 },
    ],
    [
      'are used up at Groq, and the later one counts',
      {
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '2m59.56s',
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-tokens': '7.66s',
      },
      { resetMs: 179_560 },
    ],
    [
      'are used up at Anthropic, until a date',
      {
        'anthropic-ratelimit-requests-remaining': '0',
        'anthropic-ratelimit-requests-reset': '2026-11-22T12:00:30Z',
        'anthropic-ratelimit-tokens-remaining': '478000',
        'anthropic-ratelimit-tokens-reset': '2026-11-22T13:00:00Z',
      },
      { resetMs: 30_000 },
    ],
    ['are used up for a time that is not told', { 'x-ratelimit-remaining-req-minute': '0' }, { resetMs: undefined }],
    [
      'are used up at once again where the time has passed',
      { 'ratelimit-remaining': '0', 'ratelimit-reset': '0' },
      { resetMs: 0 },
    ],
    [
      'mean nothing where nothing is allowed',
      { 'x-ratelimit-limit-images': '0', 'x-ratelimit-remaining-images': '0' },
      undefined,
    ],
    ['mean nothing where they are no numbers', { 'x-ratelimit-remaining-requests': 'NaN' }, undefined],
    ['mean nothing in other headers', { 'x-remaining-credits': '0' }, undefined],
  ];
  it.each(cases)('%s', (_title, headers, found) => {
    expect(usedUpQuota(headers, now)).toEqual(found);
  });
});
