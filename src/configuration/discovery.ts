import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { readText } from '../providers/body.ts';
import { createHttpClient } from '../providers/http.ts';
import { createOllama } from '../providers/ollama.ts';
import type { ListedModel } from '../providers/provider.ts';
import type { DiscoverySettings } from './configuration.ts';
import type { DiscoveredServer } from './discovered-server.ts';
import type { Environment } from './environment.ts';

/** How one kind of server is recognised. */
interface Kind {
  readonly setting: 'ollama' | 'lmStudio' | 'llamaCpp' | 'vllm';
  readonly slug: string;
  readonly name: string;
  readonly dialect: DiscoveredServer['dialect'];
  readonly port: number;
  /** Below the origin; empty where the dialect has its paths there. */
  readonly basePath: string;
  readonly listPath: string;
  /** The models in its answer. Throws if the answer is not one that this kind of server gives. */
  readonly read: (answer: unknown) => readonly ListedModel[];
}

const ollamaList = z.object({ models: z.array(z.object({ name: z.string().min(1), digest: z.string() })) });

const openAiList = z.object({
  object: z.literal('list'),
  data: z.array(
    z.object({
      id: z.string().min(1),
      owned_by: z.string(),
      max_model_len: z.int().positive().nullish(),
      meta: z.object({ n_ctx: z.int().positive().nullish(), n_ctx_train: z.int().positive().nullish() }).nullish(),
    }),
  ),
});

/** Lists that do not say which models make embeddings have them say it in their names. */
function named(id: string): ListedModel {
  return { id, ...(/embed/i.test(id) && { makesVectors: true }) };
}

/** Other web servers may stand on these ports, another router among them; who owns the models tells them apart. */
function ownedBy(owner: RegExp) {
  return (answer: unknown): ListedModel[] =>
    openAiList
      .parse(answer)
      .data.filter((model) => owner.test(model.owned_by) && !/rerank/i.test(model.id))
      .map((model) => {
        const contextLength = model.max_model_len ?? model.meta?.n_ctx ?? model.meta?.n_ctx_train;
        return { ...named(model.id), ...(typeof contextLength === 'number' ? { contextLength } : {}) };
      });
}

const kinds: readonly Kind[] = [
  {
    setting: 'ollama',
    slug: 'ollama',
    name: 'Ollama',
    dialect: 'ollama',
    port: 11_434,
    basePath: '',
    listPath: '/api/tags',
    read: (answer) => ollamaList.parse(answer).models.map((model) => named(model.name)),
  },
  {
    setting: 'lmStudio',
    slug: 'lm-studio',
    name: 'LM Studio',
    dialect: 'openai-compatible',
    port: 1234,
    basePath: '/v1',
    listPath: '/v1/models',
    read: ownedBy(/^organization[_-]owner$|^lm-?studio/i),
  },
  {
    setting: 'llamaCpp',
    slug: 'llama-cpp',
    name: 'llama.cpp',
    dialect: 'openai-compatible',
    port: 8080,
    basePath: '/v1',
    listPath: '/v1/models',
    read: ownedBy(/^llama-?cpp$/i),
  },
  {
    setting: 'vllm',
    slug: 'vllm',
    name: 'vLLM',
    dialect: 'openai-compatible',
    port: 8000,
    basePath: '/v1',
    listPath: '/v1/models',
    read: ownedBy(/^vllm$/i),
  },
];

const usualTimeoutMs = 500;
const maxListBytes = 4 * 1024 * 1024;

/**
 * Looks for model servers on this machine's usual ports, all at once, and lists what they serve. Takes `timeoutMs` (half a second)
 * at most and never fails: what does not answer like such a server by then is not there. Rejects only with the signal's reason.
 */
export async function discoverServers(
  settings: DiscoverySettings | undefined,
  environment: Environment,
  clock: Clock,
  signal: AbortSignal,
): Promise<readonly DiscoveredServer[]> {
  // The environment can switch it off for one start; it cannot switch on what the configuration has switched off.
  if (settings === false || environment.discovery === false) return [];
  const choices = settings === undefined || settings === true ? {} : settings;
  const limit = new AbortController();
  const cancel = clock.after(choices.timeoutMs ?? usualTimeoutMs, () => limit.abort());
  try {
    const found = await Promise.all(
      kinds.map((kind) => {
        const port = choices[kind.setting];
        if (port === false) return undefined;
        return discover(kind, originOf(kind, port, environment), clock, AbortSignal.any([signal, limit.signal]));
      }),
    );
    signal.throwIfAborted();
    return found.filter((server) => server !== undefined);
  } finally {
    cancel();
  }
}

async function discover(
  kind: Kind,
  origin: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<DiscoveredServer | undefined> {
  const client = createHttpClient({ baseUrl: origin, allowPrivateNetwork: true, clock });
  try {
    const response = await client.send(
      { method: 'GET', path: kind.listPath, connectTimeoutMs: usualTimeoutMs },
      signal,
    );
    const text = await readText(response.body, maxListBytes);
    if (response.status !== 200) return undefined;
    const listed = kind.read(JSON.parse(text));
    if (listed.length === 0) return undefined;
    const { slug, name, dialect, basePath } = kind;
    const models = dialect === 'ollama' ? await described(listed, origin, clock, signal) : listed;
    return { slug, name, dialect, baseUrl: `${origin}${basePath}`, models };
  } catch {
    return undefined;
  } finally {
    void client.close();
  }
}

/** Ollama tells context lengths model by model; those that it has not told when time is up stay without. */
async function described(
  listed: readonly ListedModel[],
  origin: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<readonly ListedModel[]> {
  const settings = { slug: 'ollama', dialect: 'ollama', baseUrl: origin, allowPrivateNetwork: true } as const;
  const ollama = createOllama(settings, clock);
  try {
    const details = new Map((await ollama.listModels?.(signal))?.map((model) => [model.id, model]));
    return listed.map((model) => ({ ...model, ...details.get(model.id) }));
  } catch {
    return listed;
  } finally {
    void ollama.close();
  }
}

/** OLLAMA_HOST is how Ollama itself is told where to listen, or where its server is: `host`, `host:port` or a URL. */
function originOf(kind: Kind, port: number | undefined, environment: Environment): string {
  const stated = kind.setting === 'ollama' && port === undefined ? environment.variable('OLLAMA_HOST') : undefined;
  const url = stated === undefined ? null : URL.parse(/^https?:\/\//.test(stated) ? stated : `http://${stated}`);
  if (url === null) return `http://127.0.0.1:${port ?? kind.port}`;
  const bare = url.port === '' && !/^https?:/.test(stated ?? '');
  const host = /^(0\.0\.0\.0|\[::\])$/.test(url.hostname) ? '127.0.0.1' : url.hostname;
  return `${url.protocol}//${host}${bare ? `:${kind.port}` : url.port === '' ? '' : `:${url.port}`}`;
}
