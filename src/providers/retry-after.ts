/** 24 hours. A longer wait is a mistake of the upstream, or no longer a matter of waiting. */
const maxRetryAfterMs = 24 * 60 * 60 * 1000;

/**
 * How long an upstream asks us to wait, milliseconds, from whichever place it says so; undefined where it does not. Headers are
 * named in lower case. In order: `retry-after-ms`; `retry-after` in seconds or as an HTTP date; the error body's retry delay or
 * rate-limit headers; the reset of each rate limit that is used up; the sentence "try again in 7.66s". A time that has passed is 0,
 * more than a day is a day, and what is no number or below zero is as if it had not been said.
 */
export function retryAfterMs(
  headers: Readonly<Record<string, string>>,
  nowMs: number,
  body?: unknown,
): number | undefined {
  const wait =
    positive(Number(headers['retry-after-ms'] || Number.NaN)) ??
    retryAfterHeader(headers['retry-after'], nowMs) ??
    bodyDelay(body, nowMs, 0) ??
    usedUpLimits(headers, nowMs) ??
    sentenceDelay(body);
  return wait === undefined ? undefined : Math.min(Math.ceil(wait), maxRetryAfterMs);
}

function positive(value: number): number | undefined {
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}

function retryAfterHeader(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim() ?? '';
  if (text === '') return undefined;
  if (/^[+-]?[\d.]+$/.test(text)) return positive(Number(text) * 1000);
  return durationMs(text) ?? untilDate(text, nowMs);
}

function untilDate(text: string, nowMs: number): number | undefined {
  // Date.parse takes nearly anything for a date; both forms that are in use have a clock time.
  const at = /\d:\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `20ms`, `1s`, `6m0s`, `1h2m3.5s`, `20 seconds`. */
function durationMs(text: string): number | undefined {
  const steps = [
    ...text
      .trim()
      .matchAll(
        /(\d+(?:\.\d+)?)\s*(ms|milliseconds?|[smhd]|secs?|seconds?|mins?|minutes?|hrs?|hours?|days?)(?![a-z])[\s,]*/gi,
      ),
  ];
  if (steps.length === 0 || steps.map(([step]) => step).join('') !== text.trim()) return undefined;
  return steps.reduce((sum, [, amount = '', unit = '']) => sum + Number(amount) * (unitMs[shortUnit(unit)] ?? 0), 0);
}

function shortUnit(unit: string): string {
  const lower = unit.toLowerCase();
  return lower === 'ms' || lower.startsWith('milli') ? 'ms' : lower.slice(0, 1);
}

/**
 * `x-ratelimit-reset`, `x-ratelimit-reset-tokens`, `anthropic-ratelimit-requests-reset` … count where the matching `remaining` is
 * used up, or is not told. The longest rules: all limits must have room again.
 */
function usedUpLimits(headers: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  const waits = Object.entries(headers).flatMap(([name, value]) => {
    if (!/rate-?limit/.test(name) || !/(^|-)reset(-|$)/.test(name)) return [];
    const remaining = headers[name.replace(/(^|-)reset(?=-|$)/, '$1remaining')];
    // Anthropic sends every reset with every answer, so there silence says nothing.
    if (remaining === undefined ? name.startsWith('anthropic-') : Number(remaining) > 0) return [];
    const wait = resetMs(value.trim(), nowMs);
    return wait === undefined ? [] : [wait];
  });
  return waits.length === 0 ? undefined : Math.max(...waits);
}

/**
 * Whether an answer's headers say of any limit that nothing of it remains, and in how many milliseconds the last of those has room
 * again; `resetMs` is undefined where none says. A limit of zero is none that could be used up.
 */
export function usedUpQuota(
  headers: Readonly<Record<string, string>>,
  nowMs: number,
): { readonly resetMs: number | undefined } | undefined {
  const resets: (number | undefined)[] = [];
  for (const name in headers) {
    if (!/rate-?limit/.test(name) || !/(^|-)remaining(-|$)/.test(name)) continue;
    const sibling = (word: string) => headers[name.replace(/(^|-)remaining(?=-|$)/, `$1${word}`)];
    if (!isZero(headers[name]) || isZero(sibling('limit'))) continue;
    resets.push(resetMs(sibling('reset')?.trim() ?? '', nowMs));
  }
  if (resets.length === 0) return undefined;
  const told = resets.filter((wait) => wait !== undefined);
  return { resetMs: told.length === 0 ? undefined : Math.max(...told) };
}

function isZero(value: string | undefined): boolean {
  return value !== undefined && /^\s*0+(\.0*)?\s*$/.test(value);
}

/** A duration, a date, or a number: seconds to go, seconds of the epoch, or milliseconds of the epoch, told apart by size. */
function resetMs(value: string, nowMs: number): number | undefined {
  if (!/^[\d.]+$/.test(value)) return durationMs(value) ?? untilDate(value, nowMs);
  const number = Number(value);
  if (!Number.isFinite(number)) return undefined;
  if (number < 1e9) return number * 1000;
  return Math.max(0, (number < 1e11 ? number * 1000 : number) - nowMs);
}

/** Google's `error.details[].retryDelay`, OpenRouter's `error.metadata.headers` and `error.availability.retry_after`, and the like. */
function bodyDelay(body: unknown, nowMs: number, depth: number): number | undefined {
  if (typeof body !== 'object' || body === null || depth > 5) return undefined;
  if (Array.isArray(body)) return first(body.slice(0, 20), (entry) => bodyDelay(entry, nowMs, depth + 1));
  return first(Object.entries(body).slice(0, 50), ([name, value]) => {
    const key = name.toLowerCase();
    if (key === 'retrydelay' && typeof value === 'string') return durationMs(value);
    if (key === 'retry_after_ms') return positive(Number(value ?? Number.NaN));
    if (key === 'retry_after' || key === 'retry_after_seconds') {
      if (typeof value === 'number') return positive(value * 1000);
      return typeof value === 'string' ? retryAfterHeader(value, nowMs) : undefined;
    }
    if (key === 'headers') return headersDelay(value, nowMs);
    return bodyDelay(value, nowMs, depth + 1);
  });
}

function headersDelay(value: unknown, nowMs: number): number | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const headers = Object.fromEntries(Object.entries(value).map(([name, text]) => [name.toLowerCase(), String(text)]));
  return retryAfterMs(headers, nowMs);
}

function sentenceDelay(body: unknown, depth = 0): number | undefined {
  if (typeof body === 'string') {
    const said = /(?:try again|retry|wait)\D{0,40}?((?:\d+(?:\.\d+)?\s*[a-z]+[\s,]*)+)/i.exec(body.slice(0, 4000))?.[1];
    const duration =
      said === undefined
        ? undefined
        : /^(?:\d+(?:\.\d+)?\s*(?:ms|milliseconds?|[smhd]|secs?|seconds?|mins?|minutes?|hrs?|hours?|days?)\b[\s,]*|\d+(?:\.\d+)?[smhd](?=\d))+/i.exec(
            said,
          )?.[0];
    return duration === undefined ? undefined : durationMs(duration.replace(/[\s,]+$/, ''));
  }
  if (typeof body !== 'object' || body === null || depth > 5) return undefined;
  return first(Object.values(body).slice(0, 50), (value) => sentenceDelay(value, depth + 1));
}

function first<T>(values: readonly T[], find: (value: T) => number | undefined): number | undefined {
  for (const value of values) {
    const found = find(value);
    if (found !== undefined) return found;
  }
  return undefined;
}
