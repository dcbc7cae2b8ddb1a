import type { Caller, CallerLimits } from '../caller.ts';
import { RateLimited } from '../errors.ts';
import type { RateWindows } from './rate-windows.ts';
import type { StreamLeases } from './stream-leases.ts';

/** What a request is going to take of its caller's limits. */
export interface RateDemand {
  /** Prompt and answer together, as far as they can be told before. */
  readonly estimatedTokens: number;
  /** Whether it is a stream, which also takes one of the places for streams. */
  readonly stream: boolean;
}

/** What a request has taken. */
export interface RateAdmission {
  /** Says how many tokens it came to, and frees its place among the streams. Only the first call counts. */
  readonly settle: (tokens: number) => void;
}

/** The limits of keys and client tokens: requests and tokens a minute, streams at the same time. */
export interface RateLimits {
  /** Rejects with RateLimited, having taken nothing, where a limit is reached. The limits of a token and of its key both hold. */
  readonly admit: (caller: Caller, demand: RateDemand) => RateAdmission | Promise<RateAdmission>;
}

/**
 * More than the whole minute's tokens is asked for as exactly the minute's tokens: such a request runs alone in its minute, rather
 * than never. What it really took is added afterwards.
 */
export function createRateLimits(windows: RateWindows, leases: StreamLeases): RateLimits {
  async function admit(subjects: readonly Subject[], demand: RateDemand): Promise<RateAdmission> {
    const taken: { readonly giveBack: () => void; readonly settle: (tokens: number) => void }[] = [];

    const take = async (name: string, amount: number, limit: number, refusal: string, reconcile: boolean) => {
      const answer = await windows.take(name, amount, limit);
      if (!answer.taken) throw rateLimited(refusal, answer.retryAfterMs);
      taken.push({
        giveBack: () => void answer.adjust(-amount),
        settle: (tokens) => reconcile && void answer.adjust(tokens - amount),
      });
    };

    try {
      for (const { id, noun, limits } of subjects) {
        const { requestsPerMinute, tokensPerMinute, concurrentStreams } = limits;
        if (requestsPerMinute !== undefined) {
          const refusal = `This ${noun} may make ${requestsPerMinute} requests a minute.`;
          await take(`requests:${id}`, 1, requestsPerMinute, refusal, false);
        }
        if (tokensPerMinute !== undefined) {
          const refusal = `This ${noun} may use ${tokensPerMinute} tokens a minute.`;
          const amount = Math.min(Math.max(0, Math.ceil(demand.estimatedTokens)), tokensPerMinute);
          await take(`tokens:${id}`, amount, tokensPerMinute, refusal, true);
        }
        if (demand.stream && concurrentStreams !== undefined) {
          const release = await leases.take(id, concurrentStreams);
          if (release === undefined) {
            throw rateLimited(`This ${noun} may run ${concurrentStreams} streams at the same time.`, streamRetryMs);
          }
          taken.push({ giveBack: release, settle: release });
        }
      }
    } catch (error) {
      for (const { giveBack } of taken) giveBack();
      throw error;
    }

    let settled = false;
    return {
      settle: (tokens) => {
        if (settled) return;
        settled = true;
        for (const part of taken) part.settle(tokens);
      },
    };
  }

  return {
    admit: (caller, demand) => {
      const subjects = limitedOf(caller);
      return subjects.length === 0 ? unlimited : admit(subjects, demand);
    },
  };
}

/** Nobody knows when a stream ends. */
const streamRetryMs = 1_000;

const unlimited: RateAdmission = { settle: () => undefined };

interface Subject {
  readonly id: string;
  readonly noun: 'API key' | 'client token' | "token's API key";
  readonly limits: CallerLimits;
}

function limitedOf({ keyId, parentKeyId, limits, parentLimits }: Caller): readonly Subject[] {
  const subjects: Subject[] = [];
  if (keyId !== undefined && isLimited(limits)) {
    subjects.push({ id: keyId, noun: parentKeyId === undefined ? 'API key' : 'client token', limits });
  }
  if (parentKeyId !== undefined && parentLimits !== undefined && isLimited(parentLimits)) {
    subjects.push({ id: parentKeyId, noun: "token's API key", limits: parentLimits });
  }
  return subjects;
}

function isLimited({ requestsPerMinute, tokensPerMinute, concurrentStreams }: CallerLimits): boolean {
  return requestsPerMinute !== undefined || tokensPerMinute !== undefined || concurrentStreams !== undefined;
}

function rateLimited(sentence: string, retryAfterMs: number): RateLimited {
  return new RateLimited(`${sentence} Try again in ${Math.max(1, Math.ceil(retryAfterMs / 1_000))} s.`, {
    retryAfterMs,
  });
}
