import { nanoOfDollars } from '../accounts/amounts.ts';
import { type Reset, resets } from '../storage/records.ts';
import { UsageError } from './command.ts';

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Nano-dollars of an option such as `5` or `0.25`. */
export function dollars(name: string, text: string): number {
  const nano = nanoOfDollars(text);
  if (nano === undefined)
    throw new UsageError(`${name} must be US dollars, such as 5 or 0.25, not ${JSON.stringify(text)}.`);
  return nano;
}

export function reset(text: string | undefined): Reset {
  const known = resets.find((candidate) => candidate === (text ?? 'none'));
  if (known === undefined) throw new UsageError(`--reset must be one of ${resets.join(', ')}.`);
  return known;
}

export function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`${name} must be a whole number, not ${JSON.stringify(text)}.`);
  return Number(text);
}

/** The time that `30d`, `12h` or `15m` from now is. */
export function timeFromNow(name: string, text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (unit !== 'm' && unit !== 'h' && unit !== 'd') {
    throw new UsageError(`${name} must be a duration such as 30d, 12h or 15m, not ${JSON.stringify(text)}.`);
  }
  return nowMs + Number(count) * unitMs[unit];
}
