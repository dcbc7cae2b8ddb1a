import { describe, expect, it } from 'vitest';
import { ProviderError } from '../../../src/errors.ts';
import {
  cleanMessage,
  httpFailure,
  inBandFailure,
  kindOfStatus,
  withoutCredentials,
} from '../../../src/providers/failure.ts';
import type { HttpResponse } from '../../../src/providers/http.ts';

function response(status: number, body: string | Error, headers: Record<string, string> = {}): HttpResponse {
  async function* read(): AsyncGenerator<Uint8Array> {
    if (body instanceof Error) throw body;
    yield new TextEncoder().encode(body);
  }
  return { status, headers, body: read(), receivedAt: 0, secrets: ['Bearer very-secret-value'] };
}

const nothing = () => undefined;

describe('the failure of an answer', () => {
  it('is what its status says, with the sentence of its body', async () => {
    const bodies = {
      '{"error":{"message":"one"}}': 'one',
      '{"error":"two"}': 'two',
      '{"message":"three"}': 'three',
      '{"detail":"four"}': 'four',
      '{"detail":[{"loc":["body"],"msg":"five"}]}': 'five',
      '[{"error":{"code":400,"message":"six"}}]': 'six',
      seven: 'seven',
      '"eight"': 'eight',
      '': 'the upstream answered with status 500',
      '{}': 'the upstream answered with status 500',
    };
    for (const [body, message] of Object.entries(bodies)) {
      const failure = await httpFailure(response(500, body, { 'content-type': 'application/octet-stream' }), nothing);
      expect(failure).toMatchObject({ kind: 'server_failed', status: 500, message });
    }
  });

  it('is what the dialect makes of it', async () => {
    const failure = await httpFailure(response(400, '{"error":{"code":"x"}}', { a: 'b' }), (status, body, headers) => {
      expect({ status, body, headers }).toEqual({ status: 400, body: { error: { code: 'x' } }, headers: { a: 'b' } });
      return { kind: 'overloaded', message: 'mine', retryAfterMs: 5 };
    });
    expect(failure).toMatchObject({ kind: 'overloaded', status: 400, message: 'mine', retryAfterMs: 5 });
  });

  it('tells of a wait only where waiting helps', async () => {
    const headers = { 'retry-after': '2' };
    expect(await httpFailure(response(429, '', headers), nothing)).toMatchObject({ retryAfterMs: 2000 });
    expect(await httpFailure(response(503, '', headers), nothing)).toMatchObject({ retryAfterMs: 2000 });
    expect(await httpFailure(response(400, '', headers), nothing)).toMatchObject({ retryAfterMs: undefined });
  });

  it('is still what its status says where its body breaks off', async () => {
    const broken = response(429, new ProviderError('truncated', 'gone'));
    expect(await httpFailure(broken, nothing)).toMatchObject({ kind: 'rate_limited' });
  });

  it('is no failure of the upstream where the reading was aborted', async () => {
    const reason = new ProviderError('total_timeout', 'too late');
    await expect(httpFailure(response(429, reason), nothing)).rejects.toBe(reason);
  });

  it('takes the status of an error inside a success from the error', () => {
    expect(inBandFailure(response(200, ''), { error: { code: 429, message: 'x' } }, nothing)).toMatchObject({
      kind: 'rate_limited',
      status: 429,
    });
    expect(inBandFailure(response(200, ''), { error: { code: 50001, message: 'x' } }, nothing)).toMatchObject({
      kind: 'server_failed',
      status: undefined,
    });
  });

  it('is a missing model only where the body speaks of one', () => {
    expect(kindOfStatus(404, { error: { message: 'The model x does not exist' } })).toBe('model_not_found');
    expect(kindOfStatus(404, { detail: 'Not Found' })).toBe('server_failed');
    expect(kindOfStatus(404, '<html>no such model page</html>')).toBe('server_failed');
  });
});

describe('the sentence of a failure', () => {
  it('never holds what looks like a credential', () => {
    const secrets = [
      'sk-proj-abcdefghij0123456789',
      'sk-ant-api03-abcdefghij',
      'sk-********************abcd',
      'gsk_abcdefghij0123456789',
      'xai-abcdefghij0123456789',
      'key-abcdefghij0123456789',
      'AIzaSyA1234567890abcdefghij',
      'Bearer abcdefghij.0123456789',
      'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
      'api_key=abcdefghij0123456789',
      '"api-key": "abcdefghij0123456789"',
    ];
    for (const secret of secrets) {
      const clean = cleanMessage(`Incorrect key ${secret} given`);
      expect(clean).toContain('[redacted]');
      expect(clean).not.toContain('0123456789');
      expect(clean).not.toContain('abcd');
    }
  });

  it('holds the id of a key of ours, by which an operator finds it', () => {
    const line = '{"keyId":"key-QFDuXL-74LIy71Mh","reason":"rate_limited"}';
    expect(withoutCredentials(line)).toBe(line);
    expect(withoutCredentials('key-QFDuXL-74LIy71Mhx')).toBe('[redacted]');
  });

  it('never holds the configured one, whatever it looks like, with or without its scheme', () => {
    expect(cleanMessage('the key hunter2! is wrong', ['Bearer hunter2!'])).toBe('the key [redacted] is wrong');
    expect(cleanMessage('you sent plain-key-1', ['plain-key-1'])).toBe('you sent [redacted]');
    expect(cleanMessage('GET /?key=a%2Fb%2Fc', ['a/b/c'])).toBe('GET /?key=[redacted]');
  });

  it('leaves names, ids and numbers alone', () => {
    const said =
      'The model `gpt-4o-mini-2024-07-18` failed (ref: 96164522-08b2-4cbf-886e-e5a38961a688, req_9fa14444d9) after 12345678901 ms';
    expect(cleanMessage(said)).toBe(said);
  });

  it('is one line of at most 500 characters without markup', () => {
    expect(
      cleanMessage('<!DOCTYPE html><html><head><title>502 Bad\nGateway</title></head><body><h1>x</h1></body></html>'),
    ).toBe('502 Bad Gateway');
    expect(cleanMessage('<html><body><p>Sorry</p><script>alert(1)</script></body></html>')).toBe('Sorry');
    expect(cleanMessage('a\r\nset-cookie: x\u0000\u0007b')).toBe('a set-cookie: x b');
    expect(cleanMessage('x'.repeat(9000))).toHaveLength(500);
  });
});
