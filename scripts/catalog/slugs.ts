/** A model's slug, and which of a provider's several offers of it an upstream name means. */
export interface Joined {
  readonly slug: string;
  /** `fast`, `turbo` …: becomes the endpoint's tag, `provider/variant`. */
  readonly variant?: string;
}

/** Authors as OpenRouter writes them. */
const authors: Readonly<Record<string, string>> = {
  ai21labs: 'ai21',
  bytedance: 'bytedance-seed',
  'deepseek-ai': 'deepseek',
  essentialai: 'essentialai',
  'meta-models': 'meta',
  minimaxai: 'minimax',
  openpipe: 'openpipe',
  'stepfun-ai': 'stepfun',
  thudm: 'z-ai',
  xiaomimimo: 'xiaomi',
  'zai-org': 'z-ai',
};

/** Whose models a provider means when it names them without an author. */
const firstParty: Readonly<Record<string, string>> = {
  openai: 'openai',
  anthropic: 'anthropic',
  google: 'google',
  mistral: 'mistralai',
  deepseek: 'deepseek',
  xai: 'x-ai',
  perplexity: 'perplexity',
  cohere: 'cohere',
  moonshotai: 'moonshotai',
  'z-ai': 'z-ai',
  minimax: 'minimax',
  stepfun: 'stepfun',
  xiaomi: 'xiaomi',
};

/**
 * Names that the rules cannot join, written by hand: what is left of an upstream name, lower case and without its author,
 * to the slug. One line a name, so that a mistake shows in a diff.
 */
const table: Readonly<Record<string, string>> = {
  // OpenAI
  'chatgpt-4o-latest': 'openai/chatgpt-4o-latest',
  'gpt-5.1-chat-latest': 'openai/gpt-5.1-chat',
  'gpt-5.2-chat-latest': 'openai/gpt-5.2-chat',
  'gpt-5.3-chat-latest': 'openai/gpt-5.3-chat',
  'gpt-5-chat-latest': 'openai/gpt-5-chat',
  'gpt-3.5-turbo-1106': 'openai/gpt-3.5-turbo-1106',
  // Anthropic
  'claude-opus-4-0': 'anthropic/claude-opus-4',
  'claude-sonnet-4-0': 'anthropic/claude-sonnet-4',
  // Google
  'gemini-2.0-flash': 'google/gemini-2.0-flash-001',
  'gemini-2.0-flash-lite': 'google/gemini-2.0-flash-lite-001',
  'gemini-2.5-pro-preview-06-05': 'google/gemini-2.5-pro-preview',
  'gemini-3.1-pro': 'google/gemini-3.1-pro-preview',
  'gemma-4-31b': 'google/gemma-4-31b-it',
  'gemma-4-26b': 'google/gemma-4-26b-a4b-it',
  // Meta
  'llama-3.1-8b-instant': 'meta-llama/llama-3.1-8b-instruct',
  'llama3.1-8b': 'meta-llama/llama-3.1-8b-instruct',
  'meta-llama-3.1-8b-instruct': 'meta-llama/llama-3.1-8b-instruct',
  'meta-llama-3.1-70b-instruct': 'meta-llama/llama-3.1-70b-instruct',
  'llama-3.3-70b-versatile': 'meta-llama/llama-3.3-70b-instruct',
  'meta-llama-3_3-70b-instruct': 'meta-llama/llama-3.3-70b-instruct',
  'llama3-70b-8192': 'meta-llama/llama-3-70b-instruct',
  'llama3-8b-8192': 'meta-llama/llama-3-8b-instruct',
  'llama-4-maverick-17b-128e-instruct': 'meta-llama/llama-4-maverick',
  'llama-4-scout-17b-16e-instruct': 'meta-llama/llama-4-scout',
  // Mistral
  'codestral-latest': 'mistralai/codestral-2508',
  'devstral-latest': 'mistralai/devstral-2512',
  'devstral-medium-latest': 'mistralai/devstral-2512',
  'devstral-medium-2507': 'mistralai/devstral-medium',
  'devstral-small-2507': 'mistralai/devstral-small',
  'magistral-medium-latest': 'mistralai/magistral-medium',
  'ministral-3b-latest': 'mistralai/ministral-3b',
  'ministral-8b-latest': 'mistralai/ministral-8b',
  'mistral-large-latest': 'mistralai/mistral-large-2512',
  'mistral-medium-latest': 'mistralai/mistral-medium-3-5',
  'mistral-small-latest': 'mistralai/mistral-small-2603',
  'mistral-medium-2505': 'mistralai/mistral-medium-3',
  'mistral-medium-2508': 'mistralai/mistral-medium-3.1',
  'mistral-medium-2604': 'mistralai/mistral-medium-3-5',
  'mistral-nemo-instruct-2407': 'mistralai/mistral-nemo',
  'open-mistral-nemo': 'mistralai/mistral-nemo',
  'mistral-small-2506': 'mistralai/mistral-small-3.2-24b-instruct',
  'mistral-small-3.2-24b-instruct-2506': 'mistralai/mistral-small-3.2-24b-instruct',
  'mixtral-8x7b-instruct-v0.1': 'mistralai/mixtral-8x7b-instruct',
  'mixtral-8x22b-instruct-v0.1': 'mistralai/mixtral-8x22b-instruct',
  'open-mixtral-8x7b': 'mistralai/mixtral-8x7b-instruct',
  'open-mixtral-8x22b': 'mistralai/mixtral-8x22b-instruct',
  'open-mistral-7b': 'mistralai/mistral-7b-instruct',
  'pixtral-large-latest': 'mistralai/pixtral-large-2411',
  'voxtral-small-latest': 'mistralai/voxtral-small-24b-2507',
  'zai-glm-5-2': 'z-ai/glm-5.2',
  'zai-glm-5-3': 'z-ai/glm-5.3',
  // DeepSeek
  'deepseek-v3': 'deepseek/deepseek-chat',
  deepseek_v3: 'deepseek/deepseek-chat',
  'deepseek-v3-0324': 'deepseek/deepseek-chat-v3-0324',
  'deepseek-v3.1': 'deepseek/deepseek-chat-v3.1',
  'deepseek-v3-1': 'deepseek/deepseek-chat-v3.1',
  'deepseek-flash': 'deepseek/deepseek-v4.1-flash',
  'deepseek-r1-distill-llama-70b': 'deepseek/deepseek-r1-distill-llama-70b',
  // Moonshot
  'kimi-k2-instruct': 'moonshotai/kimi-k2',
  'kimi-k2-0711-preview': 'moonshotai/kimi-k2',
  'kimi-k2-0905-preview': 'moonshotai/kimi-k2-0905',
  'kimi-k2-instruct-0905': 'moonshotai/kimi-k2-0905',
  // Qwen
  'qwen3-235b-a22b-instruct-2507': 'qwen/qwen3-235b-a22b-2507',
  'qwen-3-235b-a22b-instruct-2507': 'qwen/qwen3-235b-a22b-2507',
  'qwen3-235b-a22b': 'qwen/qwen3-235b-a22b',
  'qwen3-coder-480b-a35b-instruct': 'qwen/qwen3-coder',
  'qwen2.5-72b-instruct': 'qwen/qwen-2.5-72b-instruct',
  'qwen2.5-7b-instruct': 'qwen/qwen-2.5-7b-instruct',
  'qwen-qwq-32b': 'qwen/qwq-32b',
  // Z.AI
  'zai-glm-4.6': 'z-ai/glm-4.6',
  'zai-glm-4.7': 'z-ai/glm-4.7',
  'glm-4-32b-0414': 'z-ai/glm-4-32b',
  // NVIDIA
  'nvidia-nemotron-3-super-120b-a12b': 'nvidia/nemotron-3-super-120b-a12b',
  'nvidia-nemotron-3-ultra-550b-a55b': 'nvidia/nemotron-3-ultra-550b-a55b',
  'nemotron-3-ultra': 'nvidia/nemotron-3-ultra-550b-a55b',
  'nvidia-nemotron-3.5-lightning': 'nvidia/nemotron-3.5-lightning',
  'nvidia-nemotron-3.5-lightning-30b-a3b': 'nvidia/nemotron-3.5-lightning',
  // xAI
  'grok-4.20-0309-reasoning': 'x-ai/grok-4.20',
  // Sao10K
  'l3-70b-euryale-v2.1': 'sao10k/l3-euryale-70b',
  'l31-70b-euryale-v2.2': 'sao10k/l3.1-euryale-70b',
  'l3.1-70b-euryale-v2.2': 'sao10k/l3.1-euryale-70b',
  'l3-8b-lunaris': 'sao10k/l3-lunaris-8b',
  'l3-8b-lunaris-v1': 'sao10k/l3-lunaris-8b',
  'l3-8b-stheno-v3.2': 'sao10k/l3-stheno-8b',
  'wizardlm-2-8x22b': 'microsoft/wizardlm-2-8x22b',
  // Cohere
  'command-r': 'cohere/command-r-08-2024',
  'command-r-plus': 'cohere/command-r-plus-08-2024',
  // ByteDance
  'seed-1.8': 'bytedance-seed/seed-1.8',
};

/** What is not a chat model for everyone, cannot be asked through chat completions, or only repeats another name. */
const left: readonly RegExp[] = [
  /embed|rerank|moderation|guard|safety|ocr|whisper|tts|speech|transcribe|realtime|-live|image|flux|computer-use|deep-research/,
  /robotics|autoglm|qwen-mt|search-preview|daybreak|cyber|mythos|customtools|auto(-beta)?$|compound/,
  /^(ft:|~)|:|-z$|-h$|-p$|^bunny$|dev\//,
];

/** What the sources still list although its provider has switched it off. */
const retired: Readonly<Record<string, RegExp>> = {
  openai: /^gpt-5\.6$/,
  anthropic: /^claude-3-5-sonnet/,
  google: /^gemini-1\.5|preview-0[4-6]/,
  groq: /^(llama3-|qwen-qwq|deepseek-r1-distill|gemma2)|kimi-k2-instruct$/,
  xai: /^grok-(2|beta|vision)|-latest/,
};

/** OpenAI's models that only its Responses API serves. */
const responsesOnly = /-pro$|codex|deep-research/;

/** Names by which a provider sells the same weights at another speed, precision or price. */
const variants = /-(fast|turbo|ultra|highspeed|lightning|us|tput)$|\/community$/;

/** Precision as part of the name. */
const precision = /-(fp8|fp4|nvfp4|mxfp4|int4|int8|bf16)$/;

/** Models whose own name ends like a variant. */
const wholeNames =
  /^(gpt-(3\.5|4)-turbo|gemini.*|grok-.*-fast|grok-code-fast|qwen-turbo|glm-5-turbo|glm-5v-turbo|seed-2-1-turbo|nvidia-nemotron-3-ultra|nemotron-3-ultra|nemotron-3\.5-lightning|nvidia-nemotron-3\.5-lightning|claude-.*)$/;

/** Joins names to slugs. `known` are the slugs that OpenRouter uses; what it has under its own name keeps that name. */
export function createJoiner(known: readonly string[]): (provider: string, upstreamName: string) => Joined | undefined {
  const bySquashed = new Map<string, string>();
  for (const slug of known) {
    const key = squash(bare(slug));
    if (!bySquashed.has(key)) bySquashed.set(key, slug);
  }
  return (provider, upstreamName) => {
    const lower = upstreamName.toLowerCase();
    if (provider === 'openrouter') return excluded(lower) ? undefined : { slug: lower };
    if (
      excluded(lower) ||
      retired[provider]?.test(lower) === true ||
      (provider === 'openai' && responsesOnly.test(lower))
    )
      return undefined;
    const variant = wholeNames.test(bare(lower)) ? undefined : variants.exec(lower)?.[0].replace(/^[-/]/, '');
    const whole = variant === undefined ? lower : lower.slice(0, -variant.length - 1);
    const undated = provider === 'anthropic' ? whole.replace(/-\d{8}$/, '') : whole;
    const name = bare(undated).replace(precision, '');
    const slug = table[name] ?? bySquashed.get(squash(name)) ?? newSlug(provider, whole, name);
    if (slug === undefined) return undefined;
    return variant === undefined ? { slug } : { slug, variant };
  };
}

/** The precision that a name states. */
export function quantizationOf(upstreamName: string) {
  const found = precision.exec(upstreamName.toLowerCase().replace(variants, ''))?.[1];
  switch (found) {
    case 'fp8':
    case 'fp4':
    case 'nvfp4':
    case 'mxfp4':
    case 'int4':
    case 'int8':
    case 'bf16':
      return found;
    default:
      return undefined;
  }
}

function excluded(name: string): boolean {
  return left.some((pattern) => pattern.test(name));
}

/** A model that OpenRouter does not list: the author from the name or the provider, the name as it is. */
function newSlug(provider: string, whole: string, name: string): string | undefined {
  const slash = whole.lastIndexOf('/');
  const author = slash < 0 ? firstParty[provider] : (authors[whole.slice(0, slash)] ?? whole.slice(0, slash));
  return author === undefined ? undefined : `${author}/${name.replaceAll('_', '-')}`;
}

function bare(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

function squash(name: string): string {
  return name.replaceAll(/[^a-z0-9]/g, '');
}
