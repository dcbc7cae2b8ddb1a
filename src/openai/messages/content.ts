import { z } from 'zod';
import type { CacheControl, ContentPart } from '../../chat.ts';
import { mediaUrlFault } from '../../media-url.ts';
import { cacheControlBody } from '../chat/message-body.ts';
import { toCacheControl } from '../chat/messages.ts';
import { refuse } from '../check.ts';

const marked = { cache_control: cacheControlBody.nullish() };

export const textBlock = z.object({ type: z.literal('text'), text: z.string(), ...marked });

const base64Source = z.object({ type: z.literal('base64'), media_type: z.string(), data: z.string() });
const urlSource = z.object({ type: z.literal('url'), url: z.string() });
const fileSource = z.object({ type: z.literal('file'), file_id: z.string() });

const imageBlock = z.object({
  type: z.literal('image'),
  source: z.discriminatedUnion('type', [base64Source, urlSource, fileSource]),
  ...marked,
});

const plainSource = z.object({ type: z.literal('text'), media_type: z.string().optional(), data: z.string() });
const contentSource = z.object({
  type: z.literal('content'),
  content: z.union([z.string(), z.array(z.discriminatedUnion('type', [textBlock, imageBlock]))]),
});

const documentBlock = z.object({
  type: z.literal('document'),
  source: z.discriminatedUnion('type', [base64Source, urlSource, fileSource, plainSource, contentSource]),
  title: z.string().nullish(),
  context: z.string().nullish(),
  ...marked,
});

const searchResultBlock = z.object({
  type: z.literal('search_result'),
  source: z.string(),
  title: z.string(),
  content: z.array(textBlock),
  ...marked,
});

/** The blocks that say something to a model, by themselves or as the result of a tool. */
export const sayingBlock = z.discriminatedUnion('type', [textBlock, imageBlock, documentBlock, searchResultBlock]);
type SayingBlock = z.infer<typeof sayingBlock>;

/** A block as the parts that it becomes. Throws InvalidRequest for a file by its id: there is no store of files. */
export function partsOf(block: SayingBlock, path: string): readonly ContentPart[] {
  const marks = toCacheControl(block);
  switch (block.type) {
    case 'text':
      return [{ type: 'text', text: block.text, ...marks }];
    case 'image':
      return [{ type: 'image', url: urlOf(block.source, `${path}.source`, 'image/'), ...marks }];
    case 'document':
      return markLast(documentParts(block, path), marks.cacheControl);
    case 'search_result': {
      const said = block.content.map(({ text }) => text).join('\n');
      return [{ type: 'text', text: `${block.title}\n${block.source}\n\n${said}`, ...marks }];
    }
  }
}

/** The parts with the last one that can carry it marked. */
export function markLast(
  parts: readonly ContentPart[],
  cacheControl: CacheControl | undefined,
): readonly ContentPart[] {
  const last = parts.findLastIndex((part) => part.type !== 'audio');
  if (cacheControl === undefined) return parts;
  return parts.map((part, index) => (index === last && part.type !== 'audio' ? { ...part, cacheControl } : part));
}

function documentParts(
  { source, title, context }: z.infer<typeof documentBlock>,
  path: string,
): readonly ContentPart[] {
  const fileName = title == null ? {} : { fileName: title };
  const before: readonly ContentPart[] = context == null || context === '' ? [] : [{ type: 'text', text: context }];
  switch (source.type) {
    case 'text': {
      const data = Buffer.from(source.data, 'utf8').toString('base64');
      return [...before, { type: 'file', url: `data:text/plain;base64,${data}`, ...fileName }];
    }
    case 'content': {
      const { content } = source;
      const blocks = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content;
      return [...before, ...blocks.flatMap((block, index) => partsOf(block, `${path}.source.content[${index}]`))];
    }
    default:
      return [...before, { type: 'file', url: urlOf(source, `${path}.source`, ''), ...fileName }];
  }
}

type Source = z.infer<typeof base64Source> | z.infer<typeof urlSource> | z.infer<typeof fileSource>;

function urlOf(source: Source, path: string, mediaType: string): string {
  if (source.type === 'file') {
    return refuse(path, 'names an uploaded file, but no files are kept here: send the bytes in base64, or a URL.');
  }
  const url = source.type === 'url' ? source.url : `data:${source.media_type};base64,${source.data}`;
  const fault = mediaUrlFault(url, mediaType);
  return fault === undefined ? url : refuse(source.type === 'url' ? `${path}.url` : `${path}.data`, fault);
}
