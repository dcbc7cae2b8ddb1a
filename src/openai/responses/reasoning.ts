import type { ReasoningDetail } from '../../chat.ts';
import type { ReasoningBlock } from '../answer-blocks.ts';
import { packDetails, unpackDetails } from '../packed-details.ts';
import type { ReasoningItemBody } from './request-body.ts';

/** What OpenAI's models are given back; its clients know of no other `format`. */
export const ownFormat = 'openai-responses-v1';

/** How reasoning is told: as the summary that clients of OpenAI's models show, or as the text that it is. */
export type ReasoningForm = 'summary' | 'text';

/** What an item of reasoning holds of its block, beside its status. */
export function reasoningFields({ text, details }: ReasoningBlock, form: ReasoningForm, id: string) {
  const summaries = details.flatMap(({ type, summary }) => (type === 'reasoning.summary' ? [summary ?? ''] : []));
  const texts = details.flatMap((detail) => (detail.type === 'reasoning.text' ? [detail.text ?? ''] : []));
  const told = summaries.length + texts.length > 0 ? texts : [text];
  const [asText, asSummary] = form === 'summary' ? [[], [...told, ...summaries]] : [told, summaries];
  const content = asText.filter((said) => said !== '').map((said) => ({ type: 'reasoning_text', text: said }) as const);
  const summary = asSummary
    .filter((said) => said !== '')
    .map((said) => ({ type: 'summary_text', text: said }) as const);
  const encrypted = opaquePart(details, id, reasoningOfItem({ content, summary }));
  return {
    id,
    summary,
    ...(content.length > 0 && { content }),
    ...(encrypted !== undefined && { encrypted_content: encrypted }),
  };
}

/** What other providers than OpenAI want back travels in the field that callers hand back unread. */
function opaquePart(details: readonly ReasoningDetail[], id: string, shown: string): string | undefined {
  const last = details.at(-1);
  if (last === undefined) return undefined;
  const plain = details.every(({ type, format, signature, id: own }, place) => {
    const fits = type === 'reasoning.summary' || (type === 'reasoning.encrypted' && place === details.length - 1);
    return fits && format === ownFormat && signature === undefined && own === id;
  });
  const covered = details.map(({ summary = '' }) => summary).join('') === shown;
  return plain && covered && last.data !== undefined ? last.data : packDetails(details, shown);
}

/** What must be replayed of an item; `before` is the index of the detail before it in its message. */
export function detailsOfItem(item: ReasoningItemBody, before: number | undefined): readonly ReasoningDetail[] {
  const { encrypted_content: data, signature } = item;
  const packed = data == null ? undefined : unpackDetails(data, reasoningOfItem(item));
  if (packed !== undefined) return packed;
  // Text that nobody vouches for is nobody's to be given back as his own; it stays as plain reasoning.
  if (item.format == null && data == null && signature == null) return [];
  const format = item.format ?? ownFormat;
  const id = item.id == null ? {} : { id: item.id };
  const common = { ...id, format, index: before === undefined ? 0 : before + 1 };
  const signed = signature == null ? {} : { signature };
  const own = format.endsWith('-responses-v1');
  const details: ReasoningDetail[] = [];
  for (const { text } of item.content ?? []) details.push({ type: 'reasoning.text', ...common, text });
  for (const { text } of item.summary ?? []) {
    details.push(
      own ? { type: 'reasoning.summary', ...common, summary: text } : { type: 'reasoning.text', ...common, text },
    );
  }
  const last = details.at(-1);
  if (last !== undefined) details[details.length - 1] = { ...last, ...signed };
  else if (signature != null) details.push({ type: 'reasoning.text', ...common, ...signed });
  return data == null ? details : [...details, { type: 'reasoning.encrypted', ...common, data }];
}

/** The reasoning of an item as text. */
export function reasoningOfItem({ summary, content }: Pick<ReasoningItemBody, 'summary' | 'content'>): string {
  return [...(content ?? []), ...(summary ?? [])].map(({ text }) => text).join('');
}
