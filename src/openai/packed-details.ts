import { z } from 'zod';
import type { ReasoningDetail } from '../chat.ts';
import { toTheFirstFault } from './check.ts';

/** What such a text begins with; no provider's signature does. */
const mark = 'pointsman.reasoning.1.';

const optionalText = z.string().optional();

const packedShape = z.object({
  details: z.array(
    z.object({
      type: z.enum(['reasoning.text', 'reasoning.summary', 'reasoning.encrypted']),
      id: optionalText,
      format: z.string(),
      index: z.int(),
      text: optionalText,
      signature: optionalText,
      summary: optionalText,
      data: optionalText,
    }),
  ),
  /** The place of the detail whose text is the one that stands beside them. */
  shown: z.int().optional(),
});

/**
 * Reasoning details as one opaque text, for dialects that have an opaque field but no form for them. `shown` is the text that
 * stands beside it, and need not be said twice.
 */
export function packDetails(details: readonly ReasoningDetail[], shown: string): string {
  const place = details.findIndex((detail) => shown !== '' && textOf(detail) === shown);
  const packed = {
    details: details.map((detail, index) => (index === place ? withoutText(detail) : detail)),
    ...(place !== -1 && { shown: place }),
  };
  return mark + Buffer.from(JSON.stringify(packed)).toString('base64url');
}

/** The details again; `undefined` for a text that is none of ours. */
export function unpackDetails(packed: string, shown: string): readonly ReasoningDetail[] | undefined {
  if (!packed.startsWith(mark)) return undefined;
  const json = parse(Buffer.from(packed.slice(mark.length), 'base64url').toString('utf8'));
  const parsed = packedShape.safeParse(json, toTheFirstFault);
  if (!parsed.success) return undefined;
  return parsed.data.details.map(({ type, format, index, id, text, signature, summary, data }, place) => ({
    type,
    format,
    index,
    ...(id !== undefined && { id }),
    ...(text !== undefined && { text }),
    ...(signature !== undefined && { signature }),
    ...(summary !== undefined && { summary }),
    ...(data !== undefined && { data }),
    ...(place === parsed.data.shown && (type === 'reasoning.summary' ? { summary: shown } : { text: shown })),
  }));
}

function textOf({ type, text, summary }: ReasoningDetail): string | undefined {
  return type === 'reasoning.summary' ? summary : text;
}

function withoutText({ text, summary, ...rest }: ReasoningDetail): ReasoningDetail {
  if (rest.type === 'reasoning.summary') return { ...rest, ...(text !== undefined && { text }) };
  return { ...rest, ...(summary !== undefined && { summary }) };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
