import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatRequest, Usage } from '../../../src/chat.ts';
import { type CacheAffinity, conversationOf, createCacheAffinity } from '../../../src/routing/cache-affinity.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { anEndpoint, hello } from '../../support/router-bench.ts';

const usage = (cachedTokens = 0): Usage => ({
  promptTokens: 100,
  completionTokens: 10,
  totalTokens: 110,
  cachedTokens,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  source: 'provider',
});
const caching = { prompt: '0.00001', completion: '0.00001', request: '0', cacheRead: '0.000001', overrides: [] };
const a = anEndpoint('m/m', 'a', { pricing: caching });
const b = anEndpoint('m/m', 'b', { pricing: caching });
const plain = anEndpoint('m/m', 'plain');

const setUp = () => {
  const clock = createManualClock();
  return { clock, affinity: createCacheAffinity(clock) };
};
const ask = (...texts: readonly string[]): ChatRequest => ({
  messages: texts.map((content, index) => ({ role: index === 0 ? 'system' : 'user', content })),
});
const nameOf = (request: ChatRequest, account?: string) => conversationOf(request, account)('m/m');

describe('a conversation', () => {
  it('is known by its session, whatever is said in it', () => {
    expect(nameOf({ ...ask('x', 'y'), sessionId: 's' })).toBe(nameOf({ ...ask('z'), sessionId: 's' }));
    expect(nameOf({ ...hello, sessionId: 's' })).not.toBe(nameOf({ ...hello, sessionId: 't' }));
  });

  it('is known by its first system message and the first of the others, as it goes on', () => {
    const before = ask('Be brief.', 'Hello');
    const after = {
      messages: [...before.messages, { role: 'assistant', content: 'Hi' } as const, ...ask('More').messages],
    };
    expect(nameOf(after)).toBe(nameOf(before));
    expect(nameOf(ask('Be brief.', 'Goodbye'))).not.toBe(nameOf(before));
    expect(nameOf(ask('Be long.', 'Hello'))).not.toBe(nameOf(before));
  });

  it('is told apart from others by what its parts say, pictures too', () => {
    const of = (url: string): ChatRequest => ({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is it?' },
            { type: 'image', url },
          ],
        },
      ],
    });
    expect(nameOf(of('https://x.example/1.png'))).not.toBe(nameOf(of('https://x.example/2.png')));
  });

  it('is never that of another account, nor is a session ever the beginning of a conversation', () => {
    const text = fc.string({ maxLength: 20 });
    const one = fc.tuple(fc.option(text, { nil: undefined }), fc.option(text, { nil: undefined }), text, text);
    fc.assert(
      fc.property(one, one, ([accountA, sessionA, ...textsA], [accountB, sessionB, ...textsB]) => {
        const named = (account: string | undefined, session: string | undefined, texts: string[]) =>
          nameOf({ ...ask(...texts), ...(session !== undefined && { sessionId: session }) }, account);
        const same =
          accountA === accountB &&
          sessionA === sessionB &&
          (sessionA !== undefined || JSON.stringify(textsA) === JSON.stringify(textsB));
        expect(named(accountA, sessionA, textsA) === named(accountB, sessionB, textsB)).toBe(same);
      }),
    );
  });
});

describe('cache affinity', () => {
  const talk = conversationOf({ ...hello, sessionId: 'talk' }, 'us');

  it('remembers who served a conversation last, for five minutes after its last answer', async () => {
    const { clock, affinity } = setUp();
    affinity.remember(talk, a, usage());
    await clock.advance(299_999);
    expect(affinity.recall(talk, a)).toMatchObject({ cachedShare: 0 });
    affinity.remember(talk, a, usage(80));
    await clock.advance(299_999);
    expect(affinity.recall(talk, a)).toMatchObject({ cachedShare: 0.8 });
    await clock.advance(1);
    expect(affinity.recall(talk, a)).toBeUndefined();
  });

  it('knows one holder at a time, and none once that has failed', () => {
    const { affinity } = setUp();
    affinity.remember(talk, a, usage());
    affinity.remember(talk, b, usage());
    expect([affinity.recall(talk, a), affinity.recall(talk, b)?.cachedShare]).toEqual([undefined, 0]);
    affinity.forget(talk, a);
    expect(affinity.recall(talk, b)).toBeDefined();
    affinity.forget(talk, b);
    expect(affinity.recall(talk, b)).toBeUndefined();
  });

  it('remembers only where a cache saves money, or was read from', () => {
    const { affinity } = setUp();
    affinity.remember(talk, plain, usage());
    expect(affinity.recall(talk, plain)).toBeUndefined();
    affinity.remember(talk, plain, usage(10));
    expect(affinity.recall(talk, plain)).toBeDefined();
    affinity.remember(talk, a, usage());
    affinity.remember(talk, plain, usage());
    expect(affinity.recall(talk, a)).toBeUndefined();
    const dear = anEndpoint('m/m', 'dear', { pricing: { ...caching, cacheRead: caching.prompt } });
    affinity.remember(talk, dear, usage());
    expect(affinity.recall(talk, dear)).toBeUndefined();
  });

  it('keeps models, accounts and endpoints apart', () => {
    const { affinity } = setUp();
    affinity.remember(talk, a, usage());
    const theirs = conversationOf({ ...hello, sessionId: 'talk' }, 'them');
    expect(affinity.recall(theirs, a)).toBeUndefined();
    expect(affinity.recall(talk, anEndpoint('m/other', 'a', { pricing: caching }))).toBeUndefined();
    // What a reload put in its place is another endpoint.
    expect(affinity.recall(talk, anEndpoint('m/m', 'a', { tag: 'a/new', pricing: caching }))).toBeUndefined();
  });

  it('remembers 10,000 conversations, and of more those that were served last', () => {
    const { affinity } = setUp();
    const talks = Array.from({ length: 10_001 }, (_, index) =>
      conversationOf({ ...hello, sessionId: `${index}` }, 'us'),
    );
    const [first = talk, second = talk] = talks;
    const remember = (each: CacheAffinity, conversations: typeof talks) => {
      for (const conversation of conversations) each.remember(conversation, a, usage());
    };
    remember(affinity, talks.slice(0, 10_000));
    remember(affinity, [first]);
    remember(affinity, talks.slice(10_000));
    expect(affinity.recall(second, a)).toBeUndefined();
    expect(affinity.recall(first, a)).toBeDefined();
    expect(talks.filter((conversation) => affinity.recall(conversation, a) !== undefined)).toHaveLength(10_000);
  });
});
