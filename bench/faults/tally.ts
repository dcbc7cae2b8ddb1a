import type { Outcome, ToldAttempt } from './callers.ts';

/** A part of the run, in which one thing holds. Times are milliseconds since the epoch. */
export interface Phase {
  readonly title: string;
  readonly fromMs: number;
  readonly untilMs: number;
  /** The upstream that the phase is about. */
  readonly upstream: string | undefined;
  /** Whether that has just come back, rather than failing. */
  readonly recovery: boolean;
}

/** When the program began to leave an endpoint alone. */
export interface Ejection {
  readonly tag: string;
  readonly atMs: number;
}

/** What the callers of one phase saw. */
export interface PhaseReport {
  readonly title: string;
  readonly upstream: string | null;
  readonly requests: number;
  readonly answered: number;
  readonly failed: number;
  /** Streams that ended in an error after their first content. */
  readonly broken: number;
  /** Requests that did not end in exactly one way. */
  readonly lost: number;
  /** How often each error code came. */
  readonly errors: Readonly<Record<string, number>>;
  readonly p50FirstContentMs: number | null;
  readonly p99FirstContentMs: number | null;
  readonly p99WholeAnswerMs: number | null;
  readonly attemptsPerRequest: number | null;
  readonly mostAttempts: number;
  /** Calls a second of the upstream that the phase is about, in the phase before. */
  readonly callsPerSecondBefore: number | null;
  /** How many calls of it there were until it was first left alone. */
  readonly callsUntilEjection: number | null;
  /** Calls of it a second after that. */
  readonly callsPerSecondAfter: number | null;
  /** From the start of the fault until the upstream was first left alone. */
  readonly ejectedAfterSeconds: number | null;
  /** Calls of an endpoint that had told us to wait, before its time was over. */
  readonly earlyCalls: number;
  /** From the end of the fault to the first call that the upstream answered. */
  readonly backAfterSeconds: number | null;
}

/** Clocks and rounding may be off by this. */
const toleranceMs = 5;

/**
 * Tells what the callers saw, phase by phase. A request belongs to the phase in which it was made, or, where it was not answered, to
 * the one in which that showed; a call to the one in which it began.
 */
export function tally(
  outcomes: readonly Outcome[],
  phases: readonly Phase[],
  ejections: readonly Ejection[],
  retryAfterMs: number,
): readonly PhaseReport[] {
  const calls = outcomes.flatMap(({ attempts }) => attempts);
  return phases.map((phase, index) => {
    const own = outcomes.filter(({ ended, askedAtMs, tookMs }) =>
      within(phase, ended === 'answered' ? askedAtMs : askedAtMs + tookMs),
    );
    const before = phases[index - 1];
    const all = calls.filter(({ tag }) => tag === phase.upstream);
    const about = all.filter(({ startedAtMs }) => within(phase, startedAtMs));
    const ejection = ejections.find(({ tag, atMs }) => tag === phase.upstream && within(phase, atMs));
    const ended = (how: Outcome['ended']) => own.filter((outcome) => outcome.ended === how).length;
    const firstContents = own.flatMap(({ firstContentMs }) => firstContentMs ?? []);
    const whole = own.filter(({ way, ended: how }) => way === 'HTTP' && how === 'answered').map(({ tookMs }) => tookMs);
    const told = own.filter((outcome) => outcome.ended !== 'lost').map(({ attempts }) => attempts.length);
    const ejectedAtMs = phase.recovery ? undefined : ejection?.atMs;
    const backAtMs = Math.min(
      ...about.filter(({ outcome }) => outcome === 'SUCCEEDED').map((call) => call.startedAtMs),
    );
    return {
      title: phase.title,
      upstream: phase.upstream ?? null,
      requests: own.length,
      answered: ended('answered'),
      failed: ended('failed'),
      broken: ended('broken'),
      lost: ended('lost'),
      errors: counts(own.flatMap(({ why }) => why ?? [])),
      p50FirstContentMs: quantile(firstContents, 0.5),
      p99FirstContentMs: quantile(firstContents, 0.99),
      p99WholeAnswerMs: quantile(whole, 0.99),
      attemptsPerRequest: told.length === 0 ? null : told.reduce((sum, count) => sum + count, 0) / told.length,
      mostAttempts: Math.max(0, ...told),
      callsPerSecondBefore: phase.recovery || before === undefined ? null : rate(all, before.fromMs, before.untilMs),
      callsUntilEjection: ejectedAtMs === undefined ? null : count(all, phase.fromMs, ejectedAtMs),
      callsPerSecondAfter: ejectedAtMs === undefined ? null : rate(all, ejectedAtMs, phase.untilMs),
      ejectedAfterSeconds: ejectedAtMs === undefined ? null : (ejectedAtMs - phase.fromMs) / 1_000,
      earlyCalls: earlyCalls(
        calls,
        calls.filter(({ startedAtMs }) => within(phase, startedAtMs)),
        retryAfterMs,
      ),
      backAfterSeconds: phase.recovery && Number.isFinite(backAtMs) ? (backAtMs - phase.fromMs) / 1_000 : null,
    };
  });
}

/** How many of `some` calls began while a Retry-After of one of `all` was running that had been told before. */
export function earlyCalls(all: readonly ToldAttempt[], some: readonly ToldAttempt[], retryAfterMs: number): number {
  const limits = all
    .filter(({ failureKind }) => failureKind === 'RATE_LIMITED')
    .map(({ tag, startedAtMs, durationMs }) => ({ tag, toldAtMs: startedAtMs + durationMs }));
  return some.filter(({ tag, startedAtMs }) =>
    limits.some(
      (limit) =>
        limit.tag === tag &&
        startedAtMs > limit.toldAtMs + toleranceMs &&
        startedAtMs < limit.toldAtMs + retryAfterMs - toleranceMs,
    ),
  ).length;
}

function within({ fromMs, untilMs }: Phase, atMs: number): boolean {
  return atMs >= fromMs && atMs < untilMs;
}

function rate(calls: readonly ToldAttempt[], fromMs: number, untilMs: number): number {
  return (count(calls, fromMs, untilMs) * 1_000) / Math.max(1, untilMs - fromMs);
}

function count(calls: readonly ToldAttempt[], fromMs: number, untilMs: number): number {
  return calls.filter(({ startedAtMs }) => startedAtMs >= fromMs && startedAtMs < untilMs).length;
}

function counts(names: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Map.groupBy(names, (name) => name)
      .entries()
      .map(([name, all]) => [name, all.length]),
  );
}

function quantile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
