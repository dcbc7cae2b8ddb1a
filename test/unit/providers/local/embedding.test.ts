import { describe, expect, it } from 'vitest';
import type { Vector } from '../../../../src/chat.ts';
import { ProviderError } from '../../../../src/errors.ts';
import { embed } from '../../../../src/providers/local/embedding.ts';
import { localEmbeddingModel } from '../../../../src/providers/local/facts.ts';
import { createLocal } from '../../../../src/providers/local.ts';
import { engine } from './shipped-model.ts';

const vectorsOf = (...texts: readonly string[]): Vector[] =>
  [...embed(engine, { texts })].flat().map(({ vector }) => vector);
const likeness = (a: Vector, b: Vector) => a.reduce((sum, element, index) => sum + element * (b[index] ?? 0), 0);

describe('embed', () => {
  it('makes vectors of length one, the same for the same text whatever stands beside it', () => {
    const [alone] = vectorsOf('The cat sat.');
    const [, beside] = vectorsOf('Something else comes before.', 'The cat sat.');
    expect(likeness(alone ?? [], alone ?? [])).toBeCloseTo(1, 12);
    expect(beside).toEqual(alone);
  });

  it('makes more alike vectors of texts with alike words', () => {
    const [cat, sitting, capital] = vectorsOf('The cat sat.', 'A cat was sitting.', 'What is the capital of France?');
    expect(likeness(cat ?? [], sitting ?? [])).toBeGreaterThan(likeness(cat ?? [], capital ?? []) + 0.1);
  });

  it('takes one step a token, and refuses a text that its context does not hold before the first', () => {
    const steps = [...embed(engine, { texts: ['The cat sat.'] })];
    const tokens = steps.flat()[0]?.tokens;
    expect(steps).toHaveLength((tokens ?? 0) + 1);
    for (const text of ['a '.repeat(600), 'a'.repeat(1_000_000)]) {
      expect(() => embed(engine, { texts: ['short', text] }).next()).toThrow(ProviderError);
    }
  });
});

describe('the local provider', () => {
  const signal = new AbortController().signal;
  const call = { model: localEmbeddingModel.upstreamModel, connectTimeoutMs: 1_000 };

  it('makes vectors in its thread, counts their tokens, and chats by another name alone', async () => {
    const provider = createLocal();
    const answer = await provider.embed?.({ ...call, input: { inputs: ['The cat sat.', 'Hi'] } }, signal);
    expect(answer?.vectors).toEqual(vectorsOf('The cat sat.', 'Hi'));
    expect(answer?.usage).toMatchObject({ completionTokens: 0, source: 'provider' });
    const refused = provider.embed?.({ ...call, model: 'tiny-1m', input: { inputs: ['a'] } }, signal);
    await expect(refused).rejects.toMatchObject({ kind: 'model_not_found' });
    const shorter = provider.embed?.({ ...call, input: { inputs: ['a'], dimensions: 3 } }, signal);
    await expect(shorter).rejects.toMatchObject({ kind: 'unsupported_parameter' });
    await provider.close();
  });

  it('stops at once when it is told to', async () => {
    const provider = createLocal();
    const controller = new AbortController();
    const inputs = Array.from({ length: 500 }, () => 'once upon a time '.repeat(20));
    const work = provider.embed?.({ ...call, input: { inputs } }, controller.signal);
    controller.abort(new Error('gone'));
    await expect(work).rejects.toThrow('gone');
    await provider.close();
  });
});
