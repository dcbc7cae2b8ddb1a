import { describe, expect, it } from 'vitest';
import { createReasoningDeltas } from '../../../src/openai/chat/reasoning-deltas.ts';

const format = 'anthropic-claude-v1';

describe('reasoning as it is written', () => {
  it('says each character once, though a block repeats at its end what came before', () => {
    const deltas = createReasoningDeltas();
    expect(deltas.text('Let me ')).toEqual([{ type: 'reasoning.text', text: 'Let me ', index: 0 }]);
    expect(deltas.text('see.')).toEqual([{ type: 'reasoning.text', text: 'see.', index: 0 }]);
    const end = { type: 'reasoning.text', text: 'Let me see.', signature: 'sig', format, index: 0 } as const;
    expect(deltas.details([end])).toEqual([{ type: 'reasoning.text', signature: 'sig', format, index: 0 }]);
    expect(deltas.text('More.')).toEqual([{ type: 'reasoning.text', text: 'More.', index: 1 }]);
  });

  it('gives what a block has beyond what was said', () => {
    const deltas = createReasoningDeltas();
    deltas.text('One');
    const end = { type: 'reasoning.text', text: 'One, two', format, index: 0 } as const;
    expect(deltas.details([end])).toEqual([{ type: 'reasoning.text', text: ', two', format, index: 0 }]);
  });

  it('hands on blocks of other kinds as they are', () => {
    const block = { type: 'reasoning.encrypted', data: 'abc', format: 'openai-responses-v1', index: 3 } as const;
    expect(createReasoningDeltas().details([block])).toEqual([block]);
  });
});
