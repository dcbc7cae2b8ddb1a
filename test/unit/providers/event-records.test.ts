import { expect, it } from 'vitest';
import { eventRecord } from '../../../src/providers/event-records.ts';
import type { HttpResponse } from '../../../src/providers/http.ts';

const response: HttpResponse = { status: 200, headers: {}, body: (async function* () {})(), receivedAt: 0 };
const read = (event: Partial<Parameters<typeof eventRecord>[0]>) =>
  eventRecord({ event: 'message', data: '', ...event }, response, () => undefined);

it('reads the object of an event', () => {
  expect(read({ data: '{"a":1,"error":null}' })).toEqual({ a: 1, error: null });
});

it.each(['', ': keepalive', '[DONE]'])('takes %j for no event', (data) => {
  expect(read({ data })).toBeUndefined();
});

it.each([
  [{ data: '{"error":{"code":503,"message":"busy"}}' }, 'overloaded'],
  [{ event: 'error', data: '{"message":"boom"}' }, 'server_failed'],
  [{ unknownFields: { error: '{"code":429,"message":"slow down"}' } }, 'rate_limited'],
  [{ unknownFields: { '': '{\n"error": {"code": 500, "message": "boom"}\n}' } }, 'server_failed'],
  [{ data: '{"a":', unterminated: true }, 'truncated'],
  [{ data: '{"a":' }, 'malformed_response'],
] as const)('fails for %o', (event, kind) => {
  expect(() => read(event)).toThrow(expect.objectContaining({ kind }));
});

it('ignores fields that mean nothing', () => {
  expect(read({ data: '{"a":1}', unknownFields: { retries: '3' } })).toEqual({ a: 1 });
});
