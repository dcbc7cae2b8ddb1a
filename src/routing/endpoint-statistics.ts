import { type CallCounts, createCallCounter } from './call-counter.ts';
import { createHealthWindows, type HealthWindows } from './health-windows.ts';
import { createMovingAverage, type MovingAverage } from './moving-average.ts';
import { createQuotaGroup, type QuotaGroup } from './quota-group.ts';
import type { ToolCallFault } from './tool-call-quality.ts';

/** What was measured of one endpoint on live traffic. Times are the monotonic clock's, milliseconds. */
export interface EndpointStatistics {
  readonly began: () => void;
  readonly ended: () => void;
  /** Of all endpoints that share the limit. */
  readonly inFlight: () => number;
  /** A stream brought its first content. */
  readonly firstContent: (sample: FirstContentSample) => void;
  readonly succeeded: (sample: AnswerSample, nowMs: number) => void;
  /** The endpoint failed in a way that counts against it. */
  readonly failed: (nowMs: number) => void;
  /** The group was refused a call, or will be the next one. */
  readonly limited: (nowMs: number) => void;
  /** Moving average for prompts of about this size; `undefined` before the first sample of any size. */
  readonly firstContentMs: (promptTokens: number) => number | undefined;
  /** The slowest but one in twenty of the last 64 first contents; `undefined` with fewer than 20. */
  readonly firstContentP95Ms: () => number | undefined;
  /** Their median; `undefined` with fewer than 20. */
  readonly firstContentMedianMs: () => number | undefined;
  readonly throughput: () => number | undefined;
  readonly completionTokens: () => number | undefined;
  /** Share of the prompt that came out of the provider's cache, 0 to 1. */
  readonly cachedShare: () => number;
  /** Calls that ended lately, and how many of them failed: forgotten with a time constant of 30 s. */
  readonly recent: (nowMs: number) => CallCounts;
  /** The same, forgotten with a time constant of 5 s. */
  readonly justNow: (nowMs: number) => CallCounts;
  /** Share of failures, lately or just now, whichever is worse; with a prior of two in a hundred, worth ten calls. */
  readonly failureShare: (nowMs: number) => number;
  readonly trafficCap: (nowMs: number) => number;
  /** The tool calls of an answer were judged; no fault is a good answer. */
  readonly calledTools: (faults: ReadonlySet<ToolCallFault>, nowMs: number) => void;
  /** Answers whose tool calls were judged, and how many were faulty: forgotten with a time constant of two hours. */
  readonly toolAnswers: (nowMs: number) => CallCounts;
  /** Uptime, latency, throughput and tool calls over windows of time, for people to see and for preferences. */
  readonly windows: HealthWindows;
}

export interface FirstContentSample {
  readonly promptTokens: number;
  readonly firstContentMs: number;
}

export interface AnswerSample {
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly completionTokens: number;
  /** From the first content to the end. */
  readonly writingMs: number | undefined;
}

const memoryMs = 30_000;
/** What begins to fail has to be noticed before half a minute has passed. */
const shortMemoryMs = 5_000;
/** Few answers call tools, and what is wrong with those that do does not pass in a minute. */
const toolMemoryMs = 2 * 3_600_000;
const priorFailures = 0.2;
const priorCalls = 10;
const samplesKept = 64;
const samplesNeeded = 20;
/** Shorter answers tell more about the network than about the speed of writing. */
const fewestTokensForThroughput = 20;
/** Prompts are alike up to these sizes, in tokens. */
const promptSizes = [2_000, 16_000] as const;

/** `onSlot` is told now and then, while there is traffic: a time to forget what is old. */
export function createEndpointStatistics(
  quota: QuotaGroup = createQuotaGroup(),
  onSlot?: (nowMs: number) => void,
): EndpointStatistics {
  const lately = createCallCounter(memoryMs);
  const justNow = createCallCounter(shortMemoryMs);
  const toolAnswers = createCallCounter(toolMemoryMs);
  const windows = createHealthWindows(onSlot);
  const firstContentBySize: readonly MovingAverage[] = [...promptSizes, 0].map(() => createMovingAverage());
  const throughput = createMovingAverage();
  const completionTokens = createMovingAverage();
  const cachedShare = createMovingAverage();
  const recent: number[] = [];
  let next = 0;
  let sorted: Float64Array | undefined;
  const quantile = (share: number) => {
    if (recent.length < samplesNeeded) return undefined;
    // Every request with a limit of time asks for the median of every endpoint, and few samples come in between.
    sorted ??= new Float64Array(recent).sort();
    return sorted[Math.ceil(share * sorted.length) - 1];
  };

  return {
    began: quota.began,
    ended: quota.ended,
    inFlight: quota.inFlight,
    firstContent({ promptTokens, firstContentMs }) {
      firstContentBySize[sizeOf(promptTokens)]?.add(firstContentMs);
      recent[next] = firstContentMs;
      next = (next + 1) % samplesKept;
      sorted = undefined;
    },
    succeeded(sample, nowMs) {
      lately.add(false, nowMs);
      justNow.add(false, nowMs);
      quota.succeeded(nowMs);
      completionTokens.add(sample.completionTokens);
      if (sample.promptTokens > 0) cachedShare.add(Math.min(1, sample.cachedTokens / sample.promptTokens));
      if (
        sample.writingMs !== undefined &&
        sample.writingMs > 0 &&
        sample.completionTokens >= fewestTokensForThroughput
      ) {
        const tokensPerSecond = (sample.completionTokens * 1000) / sample.writingMs;
        throughput.add(tokensPerSecond);
        windows.wrote(tokensPerSecond, nowMs);
      }
    },
    failed(nowMs) {
      lately.add(true, nowMs);
      justNow.add(true, nowMs);
    },
    limited: quota.limited,
    firstContentMs(promptTokens) {
      const own = firstContentBySize[sizeOf(promptTokens)]?.value();
      return own ?? firstContentBySize.find((average) => average.value() !== undefined)?.value();
    },
    firstContentP95Ms: () => quantile(0.95),
    firstContentMedianMs: () => quantile(0.5),
    throughput: throughput.value,
    completionTokens: completionTokens.value,
    cachedShare: () => cachedShare.value() ?? 0,
    recent: lately.counts,
    justNow: justNow.counts,
    failureShare: (nowMs) => Math.max(shareOf(lately.counts(nowMs)), shareOf(justNow.counts(nowMs))),
    trafficCap: quota.trafficCap,
    calledTools(faults, nowMs) {
      toolAnswers.add(faults.size > 0, nowMs);
      windows.calledTools(faults, nowMs);
    },
    toolAnswers: toolAnswers.counts,
    windows,
  };
}

function shareOf({ calls, failures }: CallCounts): number {
  return (failures + priorFailures) / (calls + priorCalls);
}

function sizeOf(promptTokens: number): number {
  const at = promptSizes.findIndex((most) => promptTokens <= most);
  return at === -1 ? promptSizes.length : at;
}
