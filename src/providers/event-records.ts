import { type Interpret, inBandFailure } from './failure.ts';
import type { HttpResponse } from './http.ts';
import { parseObject } from './message-content.ts';
import { eventJson, type ServerSentEvent } from './server-sent-events.ts';
import { recordOf, type WireRecord } from './wire-values.ts';

/**
 * The JSON object in an event of a stream; `undefined` for a keep-alive. Throws the failure that the event tells of: by its type
 * `error`, by JSON without `data:`, by a field named `error`, or by a member `error` of its object.
 */
export function eventRecord(
  event: ServerSentEvent,
  response: HttpResponse,
  interpret: Interpret,
): WireRecord | undefined {
  if (event.unknownFields !== undefined) {
    const bare = event.unknownFields.error ?? event.unknownFields[''] ?? '';
    const error = parseObject(bare);
    if (event.unknownFields.error !== undefined || error?.error !== undefined || bare.includes('"error"')) {
      throw inBandFailure(response, error ?? bare, interpret);
    }
  }
  if (event.event === 'error') throw inBandFailure(response, parseObject(event.data) ?? event.data, interpret);
  if (event.data === '' || event.data.startsWith(':') || event.data === '[DONE]') return undefined;

  const record = recordOf(eventJson(event));
  if (tellsOfError(record)) throw inBandFailure(response, record, interpret);
  return record;
}

/** Whether an answer, or a piece of one, is an error in spite of its status. */
export function tellsOfError(value: unknown): boolean {
  const { error } = recordOf(value);
  return error !== undefined && error !== null && error !== '';
}

/** Whether an upstream that was asked for a stream answers whole, in JSON, as some proxies do. */
export function answersWhole(response: HttpResponse): boolean {
  return response.headers['content-type']?.includes('json') === true;
}
