import { expect, it } from 'vitest';
import { CancelDocument, CompleteDocument, FollowDocument, StreamDocument } from '../operations/generated/graphql.ts';
import { aCaller } from '../support/a-caller.ts';
import { settle } from '../support/manual-clock.ts';
import { collect, createContext, run } from '../support/run-operation.ts';
import { finished, text } from '../support/scripted-router.ts';
import { bench, completion } from '../support/stream-bench.ts';

const asked = { input: { messages: [{ role: 'USER' as const, content: 'Hello' }] } };

it('every operation on generations is done as the caller of the request', async () => {
  const { generations, router } = bench();
  const context = createContext({ generations });
  const stranger = createContext({ generations, caller: aCaller({ accountId: 'acct-2' }) });
  const events = collect(StreamDocument, asked, context);
  const answer = run(CompleteDocument, asked, stranger);
  await settle();
  expect(router.calls.map(({ options }) => options.caller)).toEqual([context.caller, stranger.caller]);
  router.calls[0]?.push({ type: 'accepted' }, text('Hel'));
  const id = router.calls[0]?.options.generationId ?? '';
  expect(await run(CancelDocument, { id }, stranger)).toMatchObject({
    cancelGeneration: { __typename: 'GenerationNotFound' },
  });
  expect(await collect(FollowDocument, { id }, stranger)).toMatchObject([
    { followGeneration: { error: { __typename: 'GenerationNotFound', code: 'GENERATION_NOT_FOUND' } } },
  ]);
  const followed = collect(FollowDocument, { id, after: 0 }, context);
  router.calls[0]?.push(finished(completion));
  router.calls[1]?.push(finished(completion));
  expect((await events).map(({ streamChatCompletion }) => streamChatCompletion.sequence)).toEqual([0, 1, 2]);
  expect((await followed).map(({ followGeneration }) => followGeneration.sequence)).toEqual([1, 2]);
  expect(await answer).toMatchObject({ createChatCompletion: { __typename: 'ChatCompletion' } });
});

it('a revoked key ends a stream with Forbidden, and a mutation too', async () => {
  const { generations, router } = bench();
  const revoked = new AbortController();
  const context = createContext({ generations, caller: aCaller({ revoked: revoked.signal }) });
  const events = collect(StreamDocument, asked, context);
  const answer = run(CompleteDocument, asked, context);
  await settle();
  router.calls[0]?.push({ type: 'accepted' }, text('Hel'));
  router.calls[0]?.whenStopped(finished({ ...completion, content: 'Hel', finishReason: 'cancelled' }));
  await settle();
  revoked.abort();
  const error = { __typename: 'Forbidden', code: 'FORBIDDEN', retryable: false };
  expect((await events).at(-1)).toMatchObject({ streamChatCompletion: { content: 'Hel', error } });
  expect(await answer).toMatchObject({ createChatCompletion: error });
  expect(router.calls.every(({ options }) => options.signal.aborted)).toBe(true);
});
