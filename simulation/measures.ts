import { createHash } from 'node:crypto';
import type { Endpoint } from '../src/catalog.ts';
import type { Usage } from '../src/chat.ts';
import type { FaultPeriod, FaultSchedule } from './fault-schedule.ts';
import { recoveriesOf } from './recovery.ts';
import type { FaultKind } from './world.ts';

/** How one request ended. */
export interface Ending {
  readonly request: number;
  readonly endMs: number;
  readonly attempts: number;
  /** From arrival; absent where nothing was said. */
  readonly firstTokenMs?: number;
  readonly served?: { readonly endpoint: Endpoint; readonly usage: Usage; readonly cost: string };
  /** Why it failed: an error's name, or the kind of the failure that broke an answer off. Absent for a success. */
  readonly failure?: string;
}

/** What became of a run. Shares are from 0 to 1; undefined stands for what the run was too short to show. */
export interface Measures {
  /** Successes among the requests whose life, from arrival to end, overlaps no total outage. */
  readonly attainableSuccess: number;
  /** The same, with answers that broke off on their way counted as successes. */
  readonly attainableSuccessButForCuts: number;
  /** Calls for each request whose life overlaps no total outage. */
  readonly attemptsPerRequest: number;
  /** Calls for each request that arrives in a total outage. */
  readonly attemptsPerRequestInOutage: number | undefined;
  /** Calls for the request that had most of them. */
  readonly mostAttempts: number;
  /** Of all successes, from arrival. */
  readonly p50FirstTokenMs: number;
  readonly p95FirstTokenMs: number;
  readonly p99FirstTokenMs: number;
  /** The slowest recovery from a fault, as `recoveriesOf` defines it. */
  readonly recoveryMs: number | undefined;
  /** What all successes cost, to what the cheapest endpoint would have asked for them. */
  readonly costRatio: number;
  /** Of requests whose life overlaps no total outage, by reason. */
  readonly failures: Readonly<Record<string, number>>;
  /** Successes by provider. */
  readonly servedBy: Readonly<Record<string, number>>;
  readonly faults: readonly FaultMeasures[];
  /** Of all endings, in their order. */
  readonly hash: string;
}

/** Of the requests that arrived while a fault lasted. */
export interface FaultMeasures {
  readonly kind: FaultKind;
  readonly startSeconds: number;
  readonly requests: number;
  readonly failed: number;
  readonly attemptsPerRequest: number;
  readonly recoveryMs: number | undefined;
}

export interface Recorder {
  /** Throws if the request has ended before. */
  readonly end: (ending: Ending) => void;
  readonly ended: () => number;
  readonly measures: () => Measures;
}

/** Characters that are hashed together: one by one, lines would cost more. */
const longestUnhashed = 65_536;

export function createRecorder(arrivalMs: Float64Array, schedule: FaultSchedule, cheapestPerMillion: number): Recorder {
  const endMs = new Float64Array(arrivalMs.length).fill(-1);
  const attempts = new Uint8Array(arrivalMs.length);
  const succeeded = new Uint8Array(arrivalMs.length);
  const failed = new Map<number, string>();
  const firstTokens: number[] = [];
  const servedBy: Record<string, number> = {};
  const hash = createHash('sha256');
  let unhashed = '';
  let ended = 0;
  let cost = 0;
  let tokens = 0;

  return {
    end({ request, endMs: at, attempts: tried, firstTokenMs, served, failure }) {
      if (endMs[request] !== -1) throw new Error(`request ${request} ended twice`);
      ended += 1;
      endMs[request] = at;
      attempts[request] = tried;
      unhashed += `${request} ${at} ${tried} ${firstTokenMs} ${served?.endpoint.id} ${served?.cost} ${failure}\n`;
      if (unhashed.length > longestUnhashed) {
        hash.update(unhashed);
        unhashed = '';
      }
      if (failure !== undefined) failed.set(request, failure);
      if (served === undefined) return;
      succeeded[request] = 1;
      firstTokens.push(firstTokenMs ?? 0);
      servedBy[served.endpoint.provider] = (servedBy[served.endpoint.provider] ?? 0) + 1;
      cost += Number(served.cost);
      tokens += served.usage.totalTokens;
    },
    ended: () => ended,
    measures() {
      const attainable = createTally();
      const inOutage = createTally();
      const failures: Record<string, number> = {};
      for (const [request, arrival] of arrivalMs.entries()) {
        const tried = attempts[request] ?? 0;
        if (schedule.inOutage(arrival, arrival)) inOutage.add(tried, succeeded[request]);
        if (schedule.inOutage(arrival, endMs[request] ?? 0)) continue;
        attainable.add(tried, succeeded[request]);
        const failure = failed.get(request);
        if (failure !== undefined) failures[failure] = (failures[failure] ?? 0) + 1;
      }
      const periods = schedule.periodsUntil(arrivalMs.at(-1) ?? 0);
      const recoveries = recoveriesOf(periods, { arrivalMs, succeeded });
      const known = recoveries.filter((recovery) => recovery !== undefined);
      const sorted = Float64Array.from(firstTokens).sort();
      return {
        attainableSuccess: attainable.success(),
        attainableSuccessButForCuts:
          attainable.success() + (failures['broken off: truncated'] ?? 0) / Math.max(1, attainable.requests()),
        attemptsPerRequest: attainable.attemptsPerRequest(),
        attemptsPerRequestInOutage: inOutage.requests() === 0 ? undefined : inOutage.attemptsPerRequest(),
        mostAttempts: attempts.reduce((most, tried) => Math.max(most, tried), 0),
        p50FirstTokenMs: quantile(sorted, 0.5),
        p95FirstTokenMs: quantile(sorted, 0.95),
        p99FirstTokenMs: quantile(sorted, 0.99),
        recoveryMs: known.length === 0 ? undefined : Math.max(...known),
        costRatio: cost / ((tokens * cheapestPerMillion) / 1_000_000),
        failures,
        servedBy,
        faults: periods.map((period, number) => ({
          ...duringFault(period, arrivalMs, attempts, succeeded),
          recoveryMs: recoveries[number],
        })),
        hash: hash.copy().update(unhashed).digest('hex').slice(0, 32),
      };
    },
  };
}

function duringFault(
  { kind, startMs, endMs }: FaultPeriod,
  arrivalMs: Float64Array,
  attempts: Uint8Array,
  succeeded: Uint8Array,
): Omit<FaultMeasures, 'recoveryMs'> {
  const tally = createTally();
  for (const [request, arrival] of arrivalMs.entries()) {
    if (arrival >= startMs && arrival < endMs) tally.add(attempts[request] ?? 0, succeeded[request]);
  }
  return {
    kind,
    startSeconds: startMs / 1_000,
    requests: tally.requests(),
    failed: Math.round((1 - tally.success()) * tally.requests()),
    attemptsPerRequest: tally.attemptsPerRequest(),
  };
}

function createTally() {
  let requests = 0;
  let successes = 0;
  let attempts = 0;
  return {
    add(tried: number, succeeded = 0) {
      requests += 1;
      successes += succeeded;
      attempts += tried;
    },
    requests: () => requests,
    success: () => successes / Math.max(1, requests),
    attemptsPerRequest: () => attempts / Math.max(1, requests),
  };
}

function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
