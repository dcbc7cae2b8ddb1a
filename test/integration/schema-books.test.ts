import { describe, expect, it } from 'vitest';
import { createGenerations } from '../../src/streams/generations.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMeteredBench, type MeteredBenchOptions } from '../support/metered-bench.ts';
import { collect, createContext, execute } from '../support/run-operation.ts';
import { createScriptedProvider, type Step, says } from '../support/scripted-provider.ts';

const streaming = `subscription ($input: ChatCompletionInput!) {
  streamChatCompletion(input: $input) {
    __typename
    ... on ContentDelta { text }
    ... on CompletionFinished { completion { content finishReason cost generationId } }
    ... on CompletionFailed {
      error {
        __typename
        ... on UserError { code message retryable }
        ... on InsufficientCredits { left needed }
        ... on IdempotencyConflict { earlierGenerationId }
      }
    }
  }
}`;
const completing = `mutation ($input: ChatCompletionInput!) {
  createChatCompletion(input: $input) {
    __typename
    ... on ChatCompletion { content finishReason cost generationId }
    ... on UserError { code message retryable retryAfterMs }
    ... on InsufficientCredits { left needed }
    ... on BudgetExceeded { of limit left needed resetsAt }
    ... on IdempotencyConflict { earlierGenerationId }
  }
}`;
const input = (more: object = {}) => ({ input: { messages: [{ role: 'USER', content: 'Hello' }], ...more } });
const words = (count: number): Step => ({
  parts: Array.from({ length: count }, () => ({ type: 'text', text: 'word' })),
});

/** What `Hello` holds of the caller's caps: ten tokens of prompt and a slice of 1,024 tokens. */
const helloNano = 10 * 1_000 + 1_024 * 2_000;

async function apiOf(script: readonly Step[], funds: Partial<MeteredBenchOptions> = {}) {
  const clock = createManualClock();
  const provider = createScriptedProvider(clock, script);
  const bench = await createMeteredBench({ clock, providers: { acme: provider }, ...funds });
  let made = 0;
  /** A replica of the server: what it keeps in memory is its own. */
  const replica = () => {
    const generations = createGenerations({ router: bench.router, clock, makeId: () => `gen-${made++}` });
    return createContext({ generations, caller: bench.caller });
  };
  return { bench, provider, clock, replica, context: replica() };
}

async function complete(context: ReturnType<typeof createContext>, variables: object) {
  const { data, errors } = await execute(completing, variables, context);
  expect(errors).toBeUndefined();
  return data?.createChatCompletion;
}

describe('money, asked over GraphQL', () => {
  it('that is used up in the middle of a stream ends it with BUDGET, and everything delivered stays', async () => {
    const { bench, context } = await apiOf([words(1_000), words(50), words(50)], { creditsNano: helloNano });
    const events = await collect<Record<string, Record<string, unknown>>, object>(
      { toString: () => streaming },
      input(),
      context,
    );
    const said = events.map(({ streamChatCompletion: event }) => event);
    expect(said.map((event) => event?.text ?? '').join('')).toBe('word'.repeat(1_050));
    expect(said.at(-1)).toMatchObject({
      __typename: 'CompletionFinished',
      completion: { finishReason: 'BUDGET', content: 'word'.repeat(1_050), cost: '0.002102' },
    });
    expect(await bench.store.credits.balance('acct-1')).toEqual({
      grantedNano: helloNano,
      spentNano: 2_102_000,
      reservedNano: 0,
      balanceNano: helloNano - 2_102_000,
    });
  });

  it('that does not suffice is an error of its own before anything is sent', async () => {
    const { provider, context } = await apiOf(says('never'), { creditsNano: 1_000 });
    expect(await complete(context, input())).toEqual({
      __typename: 'InsufficientCredits',
      code: 'INSUFFICIENT_CREDITS',
      message: expect.stringContaining('$0.000001'),
      retryable: false,
      retryAfterMs: null,
      left: '0.000001',
      needed: '0.002058',
    });
    const events = await collect({ toString: () => streaming }, input(), context);
    expect(events.at(-1)).toMatchObject({ streamChatCompletion: { error: { __typename: 'InsufficientCredits' } } });
    expect(provider.calls).toEqual([]);
  });

  it('of a budget says which budget, and when it begins anew', async () => {
    const { context } = await apiOf(says('never'), { budgetNano: 1_000_000 });
    expect(await complete(context, input())).toMatchObject({
      __typename: 'BudgetExceeded',
      of: 'ACCOUNT',
      limit: '0.001',
      left: '0.001',
      needed: '0.002058',
      resetsAt: '2026-01-02T00:00:00.000Z',
      retryable: true,
    });
  });
});

describe('an idempotency key, sent over GraphQL', () => {
  const once = input({ idempotencyKey: 'once' });

  it('answers a second time from memory, and is paid once', async () => {
    const { bench, provider, context } = await apiOf(says('Good day.'), { creditsNano: 1_000_000_000 });
    const first = await complete(context, once);
    expect(await complete(context, once)).toEqual(first);
    expect(provider.calls).toHaveLength(1);
    expect(await bench.records()).toMatchObject([{ costNano: 20_000, idempotency: { key: 'once' } }]);
    expect(await bench.store.credits.balance('acct-1')).toMatchObject({ spentNano: 20_000 });
  });

  it('is not paid again when the answer is no longer in memory, nor by another replica: the error names the generation', async () => {
    const { bench, provider, clock, context, replica } = await apiOf(says('Good day.'));
    expect(await complete(context, once)).toMatchObject({ generationId: 'gen-0' });
    const conflict = { __typename: 'IdempotencyConflict', earlierGenerationId: 'gen-0', retryable: false };
    expect(await complete(replica(), once)).toMatchObject(conflict);
    await clock.advance(10 * 60_000);
    expect(await complete(context, once)).toMatchObject(conflict);
    const other = input({ idempotencyKey: 'once', temperature: 1 });
    expect(await complete(replica(), other)).toMatchObject({ __typename: 'IdempotencyConflict' });
    expect(provider.calls).toHaveLength(1);
    expect(await bench.records()).toHaveLength(1);
  });

  it('whose request was refused for lack of money is free again: nothing was let in', async () => {
    const { bench, replica } = await apiOf(says('Good day.'), { creditsNano: 1_000 });
    expect(await complete(replica(), once)).toMatchObject({ __typename: 'InsufficientCredits' });
    await bench.store.credits.add(
      { id: 'ldg-2', accountId: 'acct-1', kind: 'grant', amountNano: 1_000_000_000 },
      { actor: 'operator', action: 'test' },
    );
    expect(await complete(replica(), once)).toMatchObject({ __typename: 'ChatCompletion', content: 'Good day.' });
  });
});

describe('a shutdown', () => {
  it('waits until everything that was let in has its last record', async () => {
    const { bench, clock } = await apiOf([words(3), 'hang']);
    const generations = createGenerations({ router: bench.router, clock, makeId: () => 'gen-1' });
    const stream = generations.stream(
      { messages: [{ role: 'user', content: 'Hello' }] },
      { caller: bench.caller, signal: new AbortController().signal },
    );
    await stream.nextBatch();
    await stream.nextBatch();
    generations.cancelAll();
    await generations.idle();
    expect(await bench.record('gen-1')).toMatchObject({
      state: 'done',
      termination: 'cancelled',
      errorKind: 'shutdown',
    });
  });
});
