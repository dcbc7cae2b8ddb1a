/** The vocabulary of what a caller asks of routing: which endpoints may serve him, and in which order they are tried. */

/** In which number format an endpoint keeps the model's weights, by OpenRouter's names. */
export const quantizations = [
  'int4',
  'int8',
  'fp4',
  'mxfp4',
  'nvfp4',
  'fp6',
  'fp8',
  'mxfp8',
  'fp16',
  'bf16',
  'fp32',
  'unknown',
] as const;
export type Quantization = (typeof quantizations)[number];
export type DataCollection = 'allow' | 'deny';
export type ProviderSort = 'price' | 'throughput' | 'latency' | 'exacto';
/** model: the endpoints of each model on their own, model after model. none: the endpoints of all models together. */
export type SortPartition = 'model' | 'none';

/** The dearest that a caller accepts, US dollars as exact decimals: per token, and per request or image. */
export interface MaxPrice {
  readonly prompt?: string;
  readonly completion?: string;
  readonly request?: string;
  readonly image?: string;
}

/** A bound for each percentile that is given. */
export interface PercentileBounds {
  readonly p50?: number;
  readonly p75?: number;
  readonly p90?: number;
  readonly p99?: number;
}

/** What the caller asks of routing. Provider names are slugs (`deepinfra`), or tags that pin one endpoint (`deepinfra/turbo`). */
export interface ProviderPreferences {
  readonly order?: readonly string[];
  readonly only?: readonly string[];
  readonly ignore?: readonly string[];
  /** Default true. */
  readonly allowFallbacks?: boolean;
  /** Default false. */
  readonly requireParameters?: boolean;
  readonly dataCollection?: DataCollection;
  readonly zdr?: boolean;
  readonly quantizations?: readonly Quantization[];
  readonly sort?: ProviderSort;
  /** What `sort` orders at a time, where several models are asked for; `model` by default. */
  readonly sortPartition?: SortPartition;
  readonly maxPrice?: MaxPrice;
  /** Completion tokens a second. What is slower is tried after the others. */
  readonly preferredMinThroughput?: PercentileBounds;
  /** To the first content. What is slower is tried after the others. */
  readonly preferredMaxLatencyMs?: PercentileBounds;
}
