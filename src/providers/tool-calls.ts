import type { ToolCall, ToolCallPart } from '../chat.ts';
import { ProviderError } from '../errors.ts';

/** What the wire says about a call, or a piece of one. Nothing of it is reliable. */
export interface ToolCallDelta {
  readonly index?: number | null | undefined;
  readonly id?: string | null | undefined;
  readonly name?: string | null | undefined;
  /** JSON text, whole or a piece; or the arguments themselves. */
  readonly arguments?: unknown;
}

/** Makes the calls of one answer out of what the wire says. */
export interface ToolCallTracker {
  /** The part to deliver, if this delta gives one. */
  readonly add: (delta: ToolCallDelta) => ToolCallPart | undefined;
  /** Call once, at the end: the parts that complete calls without arguments. Throws `malformed_response` for a call without a name. */
  readonly finish: () => readonly ToolCallPart[];
  /** The whole calls; after `finish`. */
  readonly calls: () => readonly ToolCall[];
  readonly isEmpty: () => boolean;
}

interface OpenCall {
  readonly index: number;
  readonly id: string;
  readonly wireId: string;
  name: string | undefined;
  arguments: string;
  /** Of `arguments`, what came before the name, or is an empty object that may yet be replaced by the real pieces. */
  held: string;
}

/**
 * Makes a tracker. Calls are numbered 0, 1, 2 … in the order in which they begin, whatever indexes the wire gives: these may be
 * missing, start at 1, be reused for another call, or jump. Ids may be missing, empty or repeated; `makeId` gives each call that
 * has none of its own one, from its number.
 */
export function createToolCallTracker(makeId: (index: number) => string = madeUpId): ToolCallTracker {
  const calls: OpenCall[] = [];
  const byWireIndex = new Map<number, OpenCall>();
  const ids = new Set<string>();

  const begin = (delta: ToolCallDelta, wireId: string): OpenCall => {
    const index = calls.length;
    const id = wireId !== '' && !ids.has(wireId) ? wireId : unusedId(index);
    ids.add(id);
    const call = { index, id, wireId, name: undefined, arguments: '', held: '' };
    calls.push(call);
    if (typeof delta.index === 'number') byWireIndex.set(delta.index, call);
    return call;
  };
  const unusedId = (index: number): string => {
    let id = makeId(index);
    for (let other = 1; ids.has(id); other += 1) id = `${makeId(index)}_${other}`;
    return id;
  };
  /** The call that a delta goes on with, if it does not begin one. */
  const continued = (delta: ToolCallDelta, wireId: string, name: string, piece: string): OpenCall | undefined => {
    const atIndex = typeof delta.index === 'number' ? byWireIndex.get(delta.index) : undefined;
    const withId = wireId === '' ? undefined : calls.findLast((call) => call.wireId === wireId);
    // A piece without a name belongs to a call that has begun, whatever index or fresh id it comes with.
    if (name === '')
      return atIndex ?? withId ?? (wireId === '' || typeof delta.index !== 'number' ? calls.at(-1) : undefined);

    const candidate =
      typeof delta.index === 'number' ? atIndex : (withId ?? (wireId === '' ? calls.at(-1) : undefined));
    if (candidate === undefined) return undefined;
    if (candidate.name === undefined) return wireId === '' || candidate.wireId === wireId ? candidate : undefined;
    // The same index or id, and a name again: either it is repeated with every piece, or it is reused for another call.
    const sameId = wireId === '' || candidate.wireId === '' || candidate.wireId === wireId;
    if (!sameId || candidate.name !== name) return undefined;
    if (isWhole(candidate.arguments + candidate.held)) {
      const seeded = candidate.arguments === '' && !isWhole(piece);
      return piece === '' || seeded ? candidate : undefined;
    }
    return typeof delta.index === 'number' || wireId !== '' || piece !== '' ? candidate : undefined;
  };

  return {
    add: (delta) => {
      const wireId = delta.id ?? '';
      const name = delta.name ?? '';
      const piece = textOf(delta.arguments);
      const known = continued(delta, wireId, name, piece);
      const call = known ?? begin(delta, wireId);
      // Whole arguments cannot go on: some servers repeat them at the end.
      if (piece !== '' && piece === call.arguments && isWhole(piece)) return undefined;

      const first = call.name === undefined && name !== '';
      if (first) call.name = name;
      const released = release(call, piece);
      if (call.name === undefined) return undefined;
      if (first) return { type: 'toolCall', index: call.index, id: call.id, name, arguments: released };
      return released === '' ? undefined : { type: 'toolCall', index: call.index, arguments: released };
    },
    finish: () =>
      calls.flatMap((call): ToolCallPart[] => {
        if (call.name === undefined)
          throw new ProviderError('malformed_response', 'the answer calls a tool without a name');
        if (call.arguments !== '') return [];
        call.arguments = '{}';
        return [{ type: 'toolCall', index: call.index, arguments: '{}' }];
      }),
    calls: () => calls.map((call) => ({ id: call.id, name: call.name ?? '', arguments: call.arguments })),
    isEmpty: () => calls.length === 0,
  };
}

/** What of the held text and the new piece may be delivered now. */
function release(call: OpenCall, piece: string): string {
  if (call.arguments !== '') {
    call.arguments += piece;
    return piece;
  }
  call.held += piece;
  if (call.name === undefined || emptyObject.test(call.held)) return '';
  const released = call.held.replace(seed, '');
  call.arguments = released;
  call.held = '';
  return released;
}

function madeUpId(index: number): string {
  return `call_${index}`;
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Nothing, or an object without members: what servers send before the pieces, or for a function without arguments. */
const emptyObject = /^\s*(\{\s*(\}\s*)?)?$/;
/** An object without members, before the pieces of the real one. */
const seed = /^\s*\{\s*\}\s*(?=\S)/;

function isWhole(text: string): boolean {
  if (!text.trimEnd().endsWith('}')) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
