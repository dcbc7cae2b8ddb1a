import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProvider, type ModelInfo, type ModelPrice, type TieredPrices } from '@pydantic/genai-prices';
import { Big } from 'big.js';
import { z } from 'zod';
import type { BuiltInPrices } from '../../src/configuration/built-in-catalog.ts';
import type { ProviderFacts } from './providers.ts';

/** One model as one source says one provider serves it. */
export interface SourceRow {
  readonly id: string;
  readonly name?: string | undefined;
  readonly prices?: readonly BuiltInPrices[] | undefined;
  readonly contextLength?: number | undefined;
  readonly maxCompletionTokens?: number | undefined;
  readonly image: boolean;
  readonly tools: boolean;
  readonly toolChoice: boolean;
  readonly reasoning: boolean;
  /** Whether temperature and the like may be sent. */
  readonly sampling: boolean;
  /** What genai-prices calls it, where that is another name. */
  readonly priceId?: string | undefined;
}

const piEntry = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.string().optional(),
  api: z.string(),
  reasoning: z.boolean(),
  input: z.array(z.string()),
  cost: z.object({ input: z.number(), output: z.number(), cacheRead: z.number(), cacheWrite: z.number() }),
  contextWindow: z.number().nullish(),
  maxTokens: z.number().nullish(),
  supportsTools: z.boolean().optional(),
  compat: z
    .object({
      supportsSamplingParams: z.boolean().optional(),
      supportsToolChoice: z.boolean().optional(),
      supportsForcedToolChoice: z.boolean().optional(),
      supportsReasoningEffort: z.boolean().optional(),
    })
    .optional(),
});
export type PiCatalog = Readonly<Record<string, Readonly<Record<string, z.infer<typeof piEntry>>>>>;

/** Reads the model list of an unpacked @oh-my-pi/pi-catalog. */
export function readPiCatalog(folder: string): PiCatalog {
  const text = readFileSync(join(folder, 'package/src/models.json'), 'utf8');
  return z.record(z.string(), z.record(z.string(), piEntry)).parse(JSON.parse(text));
}

/** The chat models that pi-catalog lists for a provider. */
export function piRows(catalog: PiCatalog, facts: ProviderFacts): SourceRow[] {
  const entries = Object.values(catalog[facts.piCatalog ?? ''] ?? {});
  return entries
    .filter((entry) => entry.kind === undefined)
    .map((entry) => ({
      id: entry.id,
      name: entry.name,
      prices: piPrices(entry.cost),
      contextLength: entry.contextWindow ?? undefined,
      maxCompletionTokens: entry.maxTokens ?? undefined,
      image: entry.input.includes('image'),
      tools: entry.supportsTools !== false,
      toolChoice: entry.compat?.supportsToolChoice !== false && entry.compat?.supportsForcedToolChoice !== false,
      reasoning: entry.reasoning && entry.compat?.supportsReasoningEffort !== false,
      sampling: entry.compat?.supportsSamplingParams !== false,
    }));
}

function genaiModel(facts: ProviderFacts, id: string): ModelInfo | undefined {
  const provider = facts.genaiPrices === undefined ? undefined : findProvider({ providerId: facts.genaiPrices });
  return provider?.models.find((candidate) => matches(candidate.match, id.toLowerCase()));
}

/** What genai-prices says that a million tokens of input cost, for models that write nothing: US dollars. */
export function genaiInputPrice(facts: ProviderFacts, id: string): number | undefined {
  const prices = genaiModel(facts, id)?.prices;
  if (prices === undefined || Array.isArray(prices) || prices.input_mtok === undefined) return undefined;
  return base(prices.input_mtok);
}

/** What genai-prices knows of one model of a provider, or undefined. */
export function genaiRow(facts: ProviderFacts, id: string, today: string): SourceRow | undefined {
  const model = genaiModel(facts, id);
  if (model === undefined) return undefined;
  return {
    id,
    name: undefined,
    prices: genaiPrices(model, today),
    contextLength: model.context_window,
    image: false,
    tools: true,
    toolChoice: true,
    reasoning: false,
    sampling: true,
  };
}

/** Dollars per million tokens to dollars per token. Sources that divided and multiplied as floats carry noise beyond 12 digits. */
export function perToken(perMillion: number): string {
  return perThing(perMillion, 1_000_000);
}

function perThing(price: number, count: number): string {
  return new Big(new Big(String(price)).toPrecision(12)).div(count).toFixed();
}

function piPrices(cost: z.infer<typeof piEntry>['cost']): BuiltInPrices[] | undefined {
  if (cost.input <= 0 && cost.output <= 0) return undefined;
  return [
    {
      prompt: perToken(cost.input),
      completion: perToken(cost.output),
      ...(cost.cacheRead > 0 ? { cacheRead: perToken(cost.cacheRead) } : {}),
      ...(cost.cacheWrite > 0 ? { cacheWrite: perToken(cost.cacheWrite) } : {}),
    },
  ];
}

/** The list in force today and the ones announced. Of prices that change with the hour, the dearest: a ceiling must hold. */
function genaiPrices(model: ModelInfo, today: string): BuiltInPrices[] | undefined {
  const lists = Array.isArray(model.prices) ? model.prices : [{ prices: model.prices }];
  const dated = lists.filter((list) => list.constraint?.type !== 'time_of_date');
  const hourly = lists.filter((list) => list.constraint?.type === 'time_of_date');
  const started = dated.map((list) => ({
    prices: list.prices,
    validFrom: list.constraint?.type === 'start_date' ? list.constraint.start_date : undefined,
  }));
  const current = started.findLastIndex((list) => list.validFrom === undefined || list.validFrom <= today);
  const lasting = started.slice(Math.max(0, current));
  const first = lasting[0];
  const peak = hourly.map((list) => list.prices).sort((a, b) => base(b.input_mtok) - base(a.input_mtok))[0];
  const chosen =
    first !== undefined && peak !== undefined && base(peak.input_mtok) > base(first.prices.input_mtok)
      ? [{ ...first, prices: peak }, ...lasting.slice(1)]
      : lasting;
  const converted = chosen.map((list) => genaiList(list.prices, list.validFrom));
  return converted.every((list) => list !== undefined) ? converted : undefined;
}

function genaiList(prices: ModelPrice, validFrom: string | undefined): BuiltInPrices | undefined {
  const input = prices.input_mtok;
  const output = prices.output_mtok;
  if (input === undefined || output === undefined || base(input) + base(output) === 0) return undefined;
  const parts = {
    prompt: input,
    completion: output,
    cacheRead: prices.cache_read_mtok,
    cacheWrite: prices.cache_write_mtok,
  };
  const starts = [...new Set(Object.values(parts).flatMap((part) => tiers(part).map((tier) => tier.start)))].sort(
    (a, b) => a - b,
  );
  const request = prices.requests_kcount;
  const reasoning = prices.output_reasoning_mtok;
  return {
    prompt: perToken(base(input)),
    completion: perToken(base(output)),
    ...(parts.cacheRead === undefined ? {} : { cacheRead: perToken(base(parts.cacheRead)) }),
    ...(parts.cacheWrite === undefined ? {} : { cacheWrite: perToken(base(parts.cacheWrite)) }),
    ...(reasoning === undefined ? {} : { reasoning: perToken(base(reasoning)) }),
    ...(request === undefined ? {} : { request: perThing(base(request), 1_000) }),
    ...(validFrom === undefined ? {} : { validFrom }),
    ...(starts.length === 0 ? {} : { overrides: starts.map((start) => override(parts, start)) }),
  };
}

/** genai-prices applies a tier to prompts of more than `start` tokens. */
function override(parts: Readonly<Record<string, number | TieredPrices | undefined>>, start: number) {
  const prices = Object.entries(parts).flatMap(([name, part]) => {
    const tier = tiers(part).find((candidate) => candidate.start === start);
    return tier === undefined ? [] : [[name, perToken(tier.price)] as const];
  });
  return { minPromptTokens: start + 1, ...Object.fromEntries(prices) };
}

function base(price: number | TieredPrices | undefined): number {
  return typeof price === 'object' ? price.base : (price ?? 0);
}

function tiers(price: number | TieredPrices | undefined) {
  return typeof price === 'object' ? price.tiers : [];
}

function matches(logic: ModelInfo['match'], id: string): boolean {
  if ('or' in logic) return logic.or.some((part) => matches(part, id));
  if ('and' in logic) return logic.and.every((part) => matches(part, id));
  if ('equals' in logic) return id === logic.equals.toLowerCase();
  if ('starts_with' in logic) return id.startsWith(logic.starts_with.toLowerCase());
  if ('ends_with' in logic) return id.endsWith(logic.ends_with.toLowerCase());
  if ('contains' in logic) return id.includes(logic.contains.toLowerCase());
  return new RegExp(logic.regex, 'i').test(id);
}
