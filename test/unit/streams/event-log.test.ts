import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeliveredEvent } from '../../../src/streams/coalesce.ts';
import { createEventLog, type EventLog, type GenerationEvent } from '../../../src/streams/event-log.ts';

const anEvent: fc.Arbitrary<DeliveredEvent> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constantFrom('text', 'reasoning', 'refusal'), text: fc.string() }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('toolCall'), index: fc.nat(1), arguments: fc.string() }) },
  fc.record({
    type: fc.constant('toolCall'),
    index: fc.nat(1),
    id: fc.string(),
    name: fc.string(),
    arguments: fc.string(),
  }),
  fc.constant({ type: 'annotations', annotations: [] }),
  fc.record({ type: fc.constant('image'), image: fc.record({ url: fc.string() }) }),
) as fc.Arbitrary<DeliveredEvent>;
const someBatches = fc.array(fc.array(anEvent, { maxLength: 90 }), { maxLength: 12 });

function readFrom(log: EventLog, sequence: number): GenerationEvent[] {
  const events: GenerationEvent[] = [];
  for (;;) {
    const batch = log.from(sequence + events.length);
    if (batch === undefined) throw new Error(`${sequence + events.length} is forgotten`);
    if (batch.length === 0) return events;
    events.push(...batch);
  }
}

describe('the log of a generation', () => {
  it('gives exactly the rest after any number, as it was appended, however it is packed', () => {
    fc.assert(
      fc.property(someBatches, fc.nat(300), (batches, sequence) => {
        const log = createEventLog('gen-1', Number.POSITIVE_INFINITY);
        for (const batch of batches) log.append(batch);
        const all = batches.flat().map((event, index) => ({ ...event, generationId: 'gen-1', sequence: index }));
        expect(readFrom(log, sequence)).toEqual(all.slice(sequence));
      }),
    );
  });

  it('forgets only its oldest events, says so, and keeps the rest as it was', () => {
    fc.assert(
      fc.property(someBatches, fc.integer({ min: 1, max: 20_000 }), (batches, maxBytes) => {
        const log = createEventLog('gen-1', maxBytes);
        for (const batch of batches) log.append(batch);
        const all = batches.flat().map((event, index) => ({ ...event, generationId: 'gen-1', sequence: index }));
        const oldest = log.oldest();
        expect(readFrom(log, oldest)).toEqual(all.slice(oldest));
        if (oldest > 0) expect(log.from(oldest - 1)).toBeUndefined();
      }),
    );
  });

  it('takes no more than its bound and the latest two batches, and never forgets the last one', () => {
    const log = createEventLog('gen-1', 10_000);
    for (let count = 0; count < 5_000; count += 1) {
      log.append([{ type: 'text', text: 'token ' }]);
      expect(log.bytes()).toBeLessThan(10_000 + 65 * 50);
    }
    expect(log.oldest()).toBeGreaterThan(4_000);
    log.append([{ type: 'image', image: { url: 'x'.repeat(100_000) } }]);
    expect(log.from(5_000)).toMatchObject([{ type: 'image', sequence: 5_000 }]);
    log.append([{ type: 'text', text: 'after' }]);
    expect(log.bytes()).toBeLessThan(10_000);
    expect(log.from(5_001)).toMatchObject([{ text: 'after' }]);
    expect(log.from(5_000)).toBeUndefined();
  });

  it('has nothing yet after its newest event', () => {
    const log = createEventLog('gen-1', 10_000);
    expect(log.from(0)).toEqual([]);
    log.append([{ type: 'accepted' }]);
    expect(log.from(1)).toEqual([]);
    expect(log.from(1_000)).toEqual([]);
  });
});
