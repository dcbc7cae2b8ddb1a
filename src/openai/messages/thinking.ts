import type { ReasoningDetail } from '../../chat.ts';
import type { ReasoningBlock } from '../answer-blocks.ts';
import { packDetails, unpackDetails } from '../packed-details.ts';

/** The `format` of reasoning details that Claude signed: the only ones that the dialect has a form for. */
const ownFormat = 'anthropic-claude-v1';

export type ThinkingBlock =
  | { readonly type: 'thinking'; readonly thinking: string; readonly signature: string }
  | { readonly type: 'redacted_thinking'; readonly data: string };

/**
 * A stretch of reasoning as the dialect has it. What another provider than Anthropic wants back travels in the signature or the
 * data, which callers hand back unread.
 */
export function thinkingBlock({ text, details }: ReasoningBlock): ThinkingBlock {
  const [detail, ...others] = details;
  if (detail === undefined) return { type: 'thinking', thinking: text, signature: '' };
  const own = detail.format === ownFormat && detail.id === undefined && others.length === 0;
  if (detail.type === 'reasoning.encrypted' && text === '') {
    const data = own && detail.data !== undefined ? detail.data : packDetails(details, text);
    return { type: 'redacted_thinking', data };
  }
  const plain = own && detail.type === 'reasoning.text' && (detail.text ?? text) === text;
  return { type: 'thinking', thinking: text, signature: plain ? (detail.signature ?? '') : packDetails(details, text) };
}

/** What a block of thinking that comes back says; `index` is its place among those of its message. */
export function detailsOf(block: ThinkingBlock, index: number): readonly ReasoningDetail[] {
  if (block.type === 'redacted_thinking') {
    const packed = unpackDetails(block.data, '');
    return packed ?? [{ type: 'reasoning.encrypted', format: ownFormat, index, data: block.data }];
  }
  const { thinking, signature } = block;
  // Without a signature no provider takes it back as its own; the text alone is replayed where that is of use.
  if (signature === '') return [];
  const packed = unpackDetails(signature, thinking);
  return packed ?? [{ type: 'reasoning.text', format: ownFormat, index, text: thinking, signature }];
}
