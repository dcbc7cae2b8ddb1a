import type { Annotation } from '../chat.ts';
import { listOf, numberOf, recordOf, stringOf, type WireRecord } from './wire-values.ts';

/** The sources that a candidate names, as `groundingMetadata` and `citationMetadata`. Their offsets count bytes of the whole text. */
export function googleAnnotations(candidate: WireRecord, text: string): readonly Annotation[] {
  const bytes = Buffer.from(text);
  return [
    ...groundings(recordOf(candidate.groundingMetadata), bytes),
    ...citations(recordOf(candidate.citationMetadata), bytes),
  ];
}

/** Chunks are the sources, supports say which of them bears which passage; chunks without supports bear the whole. */
function groundings(metadata: WireRecord, bytes: Buffer): readonly Annotation[] {
  const sources = listOf(metadata.groundingChunks).map((chunk) => {
    const { web, retrievedContext } = recordOf(chunk);
    return sourceOf(recordOf(web ?? retrievedContext));
  });
  const supported = listOf(metadata.groundingSupports).flatMap((entry) => {
    const support = recordOf(entry);
    return listOf(support.groundingChunkIndices).flatMap((index) => {
      const source = sources[numberOf(index) ?? -1];
      return source === undefined ? [] : [{ ...source, ...spanOf(recordOf(support.segment), bytes) }];
    });
  });
  return supported.length > 0 ? supported : sources.filter((source) => source !== undefined);
}

function citations(metadata: WireRecord, bytes: Buffer): readonly Annotation[] {
  return [...listOf(metadata.citations), ...listOf(metadata.citationSources)].flatMap((entry) => {
    const source = sourceOf(recordOf(entry));
    return source === undefined ? [] : [{ ...source, ...spanOf(recordOf(entry), bytes) }];
  });
}

function sourceOf(source: WireRecord): Annotation | undefined {
  const url = stringOf(source.uri);
  if (url === '') return undefined;
  const title = stringOf(source.title);
  return { type: 'url_citation', url, ...(title === '' ? {} : { title }) };
}

function spanOf(segment: WireRecord, bytes: Buffer): Pick<Annotation, 'startIndex' | 'endIndex'> {
  const end = numberOf(segment.endIndex);
  if (end === undefined) return {};
  // A zero is left out of the JSON.
  return { startIndex: unitsBefore(numberOf(segment.startIndex) ?? 0, bytes), endIndex: unitsBefore(end, bytes) };
}

/** UTF-16 units in so many bytes of UTF-8. */
function unitsBefore(offset: number, bytes: Buffer): number {
  return bytes.subarray(0, offset).toString('utf8').length;
}
