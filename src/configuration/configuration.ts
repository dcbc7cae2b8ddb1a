import { z } from 'zod';
import type { DataPolicy } from '../catalog.ts';
import { parameters } from '../chat.ts';
import { quantizations } from '../provider-preferences.ts';
import { dialects } from '../providers/create-provider.ts';
import { strategies } from '../routing/ranking.ts';
import { isAddressOrNetwork } from '../server/client-address.ts';
import { configuredMaxPrice, configuredPricing } from './configuration-prices.ts';

const text = z.string().trim().min(1, 'must not be empty');
const milliseconds = z.int().min(1, 'must be at least 1').max(86_400_000, 'must be a day, 86400000, at most');
const tokens = z.int().min(1, 'must be at least 1');
const bytes = z.int().min(1024, 'must be at least 1024');
const modality = z.enum(['text', 'image', 'audio', 'file', 'video']);
const outputModality = z.enum([...modality.options, 'embeddings']);
const modelSlug = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]*\/[a-z0-9][a-z0-9._-]*$/,
    'must be author/name: lower-case letters, digits, ".", "_" and "-"',
  );
const providerSlug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*$/, 'must be a short name of lower-case letters, digits and "-"');
const port = z.int().min(1).max(65_535);

const httpUrl = z.string().superRefine((value, context) => {
  const url = URL.parse(value);
  const fail = (message: string) => context.addIssue({ code: 'custom', message });
  if (url === null || !/^https?:$/.test(url.protocol)) return fail('must be a URL such as https://api.example.com/v1');
  if (url.username !== '' || url.password !== '') fail('must not hold a name or password; use apiKey or headers');
});

const origin = z.string().refine((value) => {
  const url = URL.parse(value);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === value;
}, 'must be an origin such as https://app.example.com, without a path');

const dataPolicy = z
  .strictObject({
    trainsOnPrompts: z.boolean().exactOptional(),
    retention: z.enum(['none', 'transient', 'stored', 'unknown']).exactOptional(),
    retentionDays: z.int().min(0).exactOptional(),
  })
  .transform((policy): DataPolicy => ({ trainsOnPrompts: undefined, retention: 'unknown', ...policy }));

const deadlines = z.strictObject({
  connectMs: milliseconds.exactOptional(),
  firstContentMs: milliseconds.exactOptional(),
  gapMs: milliseconds.exactOptional(),
  totalMs: milliseconds.exactOptional(),
});

const provider = z.strictObject({
  enabled: z.boolean().exactOptional(),
  name: text.exactOptional(),
  dialect: z.enum(dialects).exactOptional(),
  baseUrl: httpUrl.exactOptional(),
  /** `null` where it names an environment variable that is not set: a key is wanted, and there is none. */
  apiKey: text
    .regex(/^[!-~]+$/, 'must be printable ASCII without spaces')
    .nullable()
    .exactOptional(),
  headers: z.record(z.string().regex(/^[\w-]+$/, 'must be the name of a header'), z.string()).exactOptional(),
  wire: text.exactOptional(),
  allowPrivateNetwork: z.boolean().exactOptional(),
  dataPolicy: dataPolicy.exactOptional(),
  deadlines: deadlines.exactOptional(),
});

const endpoint = z.strictObject({
  provider: providerSlug,
  tag: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*(\/[\w.-]+)?$/, 'must be the provider, or provider/variant')
    .exactOptional(),
  enabled: z.boolean().exactOptional(),
  upstreamModel: text.exactOptional(),
  pricing: configuredPricing.exactOptional(),
  contextLength: tokens.exactOptional(),
  maxCompletionTokens: tokens.exactOptional(),
  quantization: z.enum(quantizations).exactOptional(),
  quotaGroup: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'must be a short name of letters, digits, ".", "_" and "-"')
    .exactOptional(),
  inputModalities: z.array(modality).min(1).exactOptional(),
  supportedParameters: z.array(z.enum(parameters)).exactOptional(),
  dataPolicy: dataPolicy.exactOptional(),
});

const model = z.strictObject({
  enabled: z.boolean().exactOptional(),
  name: text.exactOptional(),
  description: text.exactOptional(),
  createdAt: z.iso.date('must be a date such as 2026-11-22').exactOptional(),
  knowledgeCutoff: text.exactOptional(),
  contextLength: tokens.exactOptional(),
  maxCompletionTokens: tokens.exactOptional(),
  inputModalities: z.array(modality).min(1).exactOptional(),
  outputModalities: z.array(outputModality).min(1).exactOptional(),
  endpoints: z.array(endpoint).exactOptional(),
});

const discovery = z.union(
  [
    z.boolean(),
    z.strictObject({
      ollama: z.union([z.literal(false), port]).exactOptional(),
      lmStudio: z.union([z.literal(false), port]).exactOptional(),
      llamaCpp: z.union([z.literal(false), port]).exactOptional(),
      vllm: z.union([z.literal(false), port]).exactOptional(),
      timeoutMs: z.int().min(1).max(10_000).exactOptional(),
    }),
  ],
  'must be true, false, or a map of ports',
);

const patterns = z.array(
  z
    .string()
    .regex(/^[\w.*-]+(\/[\w.*-]+)?$/, 'must be a pattern of slugs such as anthropic/* or */*-mini, without a variant'),
);

const auto = z.strictObject({
  allow: patterns.min(1, 'must not be empty; leave it out to allow every model').exactOptional(),
  exclude: patterns.exactOptional(),
  prefer: patterns.exactOptional(),
  maxPrice: configuredMaxPrice.exactOptional(),
});

const server = z.strictObject({
  corsOrigins: z.array(origin).default([]),
  allowedHosts: z.array(z.string().regex(/^[\w.:[\]-]+$/, 'must be a host name')).default([]),
  trustedProxies: z
    .array(z.string().refine(isAddressOrNetwork, 'must be an IP address, or a network such as 10.0.0.0/8'))
    .default([]),
  bodyLimitBytes: z
    .int()
    .min(1024)
    .max(1024 ** 3)
    .default(20 * 1024 * 1024),
  shutdownMs: milliseconds.default(30_000),
  graphiql: z.boolean().exactOptional(),
  shedding: z.boolean().default(true),
  sockets: z
    .strictObject({
      pingMs: milliseconds.exactOptional(),
      initMs: milliseconds.exactOptional(),
      stallMs: milliseconds.exactOptional(),
      maxOperations: z.int().min(1).exactOptional(),
      maxMessagesPerSecond: z.int().min(1).exactOptional(),
      maxStrangersPerAddress: z.int().min(1).exactOptional(),
    })
    .prefault({}),
});

const streams = z.strictObject({
  keptMs: milliseconds.exactOptional(),
  graceMs: milliseconds.exactOptional(),
  maxLogBytes: bytes.exactOptional(),
  maxKeptBytes: bytes.exactOptional(),
  maxUnattended: z.int().min(0, 'must not be negative').exactOptional(),
  unattendedMs: milliseconds.exactOptional(),
});

/** The shape of `pointsman.yaml`. Unknown settings are errors. */
export const configurationSchema = z.strictObject({
  defaultModel: text.exactOptional(),
  builtInCatalog: z.boolean().default(true),
  discovery: discovery.exactOptional(),
  deadlines: deadlines.prefault({}),
  routing: z
    .strictObject({
      strategy: z.enum(strategies).default('adaptive'),
      hedging: z
        .strictObject({
          enabled: z.boolean().default(false),
          maxCostFactor: z.number().min(0, 'must not be negative').default(2),
        })
        .prefault({}),
    })
    .prefault({}),
  aliases: z.record(text, text).default({}),
  auto: auto.prefault({}),
  providers: z.record(providerSlug, provider).default({}),
  models: z.record(modelSlug, model).default({}),
  server: server.prefault({}),
  streams: streams.prefault({}),
});

export type ConfiguredProvider = z.infer<typeof provider>;
export type ConfiguredModel = z.infer<typeof model>;
export type ConfiguredEndpoint = z.infer<typeof endpoint>;
/** `undefined` where nothing is said; `false` switches it off. */
export type DiscoverySettings = z.infer<typeof discovery>;
/** What the HTTP server is told. Absent sockets' limits keep the server's own defaults. */
export type ServerSettings = z.infer<typeof server>;

/** What the configuration says, checked by itself; the catalog's assembly checks it against what is known. */
export interface Configuration extends z.infer<typeof configurationSchema> {
  /** The file it came from; absent for the defaults. */
  readonly file?: string;
  /** Whether the file says nothing at all, so that the defaults hold. */
  readonly empty?: boolean;
  /** The environment variables that a provider's key names and that are not set, by the provider's slug. */
  readonly unsetKeys?: ReadonlyMap<string, readonly string[]>;
}

/** The configuration of a server that has no file. */
export const defaultConfiguration: Configuration = configurationSchema.parse({});
