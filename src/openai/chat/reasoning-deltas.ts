import type { ReasoningDetail } from '../../chat.ts';

/** A piece of a block of reasoning, as a chunk carries it. Pieces with one index make one block, their texts joined. */
export type ReasoningDelta = Partial<ReasoningDetail> & Pick<ReasoningDetail, 'type' | 'index'>;

/** Turns the events of a stream into reasoning deltas that add up to the blocks, each character of them said once. */
export interface ReasoningDeltas {
  /** A piece of reasoning that came as text, without a block of its own. */
  readonly text: (text: string) => readonly ReasoningDelta[];
  /** Blocks, or pieces of blocks, as the provider has them. Some repeat at their end what came as text before. */
  readonly details: (details: readonly ReasoningDetail[]) => readonly ReasoningDelta[];
}

export function createReasoningDeltas(): ReasoningDeltas {
  /** What was said of a block as text, while its end has not come. */
  let said = '';
  let next = 0;
  return {
    text(text) {
      said += text;
      return [{ type: 'reasoning.text', text, index: next }];
    },
    details: (details) =>
      details.map((detail) => {
        const { text } = detail;
        const repeats = said !== '' && detail.type === 'reasoning.text' && text?.startsWith(said) === true;
        const index = repeats ? next : detail.index;
        next = Math.max(next, index + 1);
        if (!repeats) return detail;
        const { text: _, ...rest } = detail;
        const unsaid = text.slice(said.length);
        said = '';
        return { ...rest, index, ...(unsaid !== '' && { text: unsaid }) };
      }),
  };
}
