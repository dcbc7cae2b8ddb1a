import { hash } from 'node:crypto';
import type { Endpoint } from '../catalog.ts';
import type { ChatRequest, Message, Usage } from '../chat.ts';
import type { Clock } from '../clock.ts';
import { dearer, effectivePrices } from '../pricing.ts';

/** The name of a conversation with a model, worked out when it is first asked for. */
export type Conversation = (model: string) => string;

/** What is remembered of a conversation at the endpoint that served it last. */
export interface WarmCache {
  /** The share of the last prompt that came out of the cache, 0 to 1. */
  readonly cachedShare: number;
}

/** Which endpoint holds which conversation's prompt cache, as far as can be told. A hint for the weight, never a pin. */
export interface CacheAffinity {
  /** `undefined` where another endpoint served the conversation last, or none did within five minutes. Changes nothing. */
  readonly recall: (conversation: Conversation, endpoint: Endpoint) => WarmCache | undefined;
  /** The endpoint answered: no other holds the conversation any more, and this one does where its cache saves money, or was read from. */
  readonly remember: (conversation: Conversation, endpoint: Endpoint, usage: Usage) => void;
  /** The endpoint failed the conversation. */
  readonly forget: (conversation: Conversation, endpoint: Endpoint) => void;
}

interface Holder extends WarmCache {
  readonly endpoint: string;
  readonly atMs: number;
}

/** So long most providers keep a prompt that nobody asks for. */
const idleMs = 5 * 60_000;
const mostConversations = 10_000;

/** Remembers at most 10,000 conversations; of more, those that were served longest ago are forgotten. */
export function createCacheAffinity(clock: Clock): CacheAffinity {
  // In the order in which they were served last.
  const holders = new Map<string, Holder>();
  const holderOf = (conversation: Conversation, endpoint: Endpoint) => {
    const holder = holders.size === 0 ? undefined : holders.get(conversation(endpoint.model));
    return holder?.endpoint === endpoint.id ? holder : undefined;
  };

  return {
    recall(conversation, endpoint) {
      const holder = holderOf(conversation, endpoint);
      return holder === undefined || clock.monotonic() - holder.atMs >= idleMs ? undefined : holder;
    },
    remember(conversation, endpoint, usage) {
      const worthIt = savesMoney(endpoint, usage.promptTokens) || usage.cachedTokens > 0;
      if (!worthIt && holders.size === 0) return;
      const key = conversation(endpoint.model);
      const cachedShare = usage.promptTokens > 0 ? Math.min(1, usage.cachedTokens / usage.promptTokens) : 0;
      holders.delete(key);
      if (!worthIt) return;
      holders.set(key, { endpoint: endpoint.id, atMs: clock.monotonic(), cachedShare });
      for (const oldest of holders.keys()) {
        if (holders.size <= mostConversations) break;
        holders.delete(oldest);
      }
    },
    forget(conversation, endpoint) {
      if (holderOf(conversation, endpoint) !== undefined) holders.delete(conversation(endpoint.model));
    },
  };
}

/**
 * Names the conversation that a request belongs to: by its session where the caller gives one, else by how it begins. `account` keeps
 * the conversations of callers apart that know nothing of each other, also where they begin alike.
 */
export function conversationOf(request: ChatRequest, account: string | undefined): Conversation {
  let beginning: string | undefined;
  let named: { readonly model: string; readonly name: string } | undefined;
  return (model) => {
    beginning ??= hash('sha256', JSON.stringify([account ?? null, ...beginningOf(request)]), 'base64');
    if (named?.model !== model) named = { model, name: `${beginning} ${model}` };
    return named.name;
  };
}

function beginningOf({ sessionId, messages }: ChatRequest): readonly unknown[] {
  if (sessionId !== undefined) return [sessionId];
  const system = messages.find(instructs);
  const first = messages.find((message) => !instructs(message));
  return [startOf(system), startOf(first)];
}

function instructs({ role }: Message): boolean {
  return role === 'system' || role === 'developer';
}

/** Enough to tell conversations apart, and little enough to cost nothing. */
const charactersCompared = 4_096;

function startOf(message: Message | undefined): string {
  const content = message?.content ?? '';
  if (typeof content === 'string') return content.slice(0, charactersCompared);
  let start = '';
  for (const part of content) {
    if (start.length >= charactersCompared) break;
    start += (part.type === 'text' ? part.text : part.type === 'audio' ? part.data : part.url).slice(
      0,
      charactersCompared,
    );
  }
  return start.slice(0, charactersCompared);
}

function savesMoney({ pricing }: Endpoint, promptTokens: number): boolean {
  const { prompt, cacheRead } = effectivePrices(pricing, promptTokens);
  return cacheRead !== undefined && dearer(prompt, cacheRead);
}
