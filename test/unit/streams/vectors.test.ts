import { describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../../src/chat.ts';
import { weightOf } from '../../../src/streams/weight.ts';
import { settle } from '../../support/manual-clock.ts';
import { finished } from '../../support/scripted-router.ts';
import { all, aReading, bench, completion } from '../../support/stream-bench.ts';

const request: ChatRequest = { messages: [], embedding: { inputs: ['a'] } };
const vectors = [Array.from({ length: 1_000 }, () => 0.5)];
const made = { ...completion, content: '', vectors };

describe('vectors in memory', () => {
  it('are let go at once, since nobody can follow them', async () => {
    const { generations, router } = bench();
    const answer = generations.complete(request, aReading());
    await settle();
    router.calls[0]?.push(finished(made));
    router.calls[0]?.end();
    expect(await answer).toMatchObject({ vectors });
    await generations.idle();
    const followed = await all(generations.follow('gen-1', undefined, aReading()));
    expect(followed).toMatchObject([{ type: 'failed', error: { name: 'GenerationNotFound' } }]);
  });

  it('are kept where an idempotency key asks for them again', async () => {
    const { generations, router } = bench();
    const keyed = aReading({ idempotencyKey: 'once' });
    const answer = generations.complete(request, keyed);
    await settle();
    router.calls[0]?.push(finished(made));
    router.calls[0]?.end();
    await answer;
    await generations.idle();
    expect(await generations.complete(request, keyed)).toMatchObject({ vectors });
    expect(router.calls).toHaveLength(1);
  });

  it('weigh eight bytes a number', () => {
    const light = weightOf({ type: 'finished', completion: { ...made, vectors: [] } });
    expect(weightOf({ type: 'finished', completion: made }) - light).toBe(8_000);
  });
});
