import type { ChatRequest } from '../chat.ts';
import { type Charge, firstSliceTokens, reasoningReserveTokens, sliceTokens } from './charges.ts';

/** What a running generation of a capped caller holds of its caps, and whether it may go on. */
export interface Slices {
  /** So many tokens have been delivered, so many of them of reasoning: asks for the next slice when most of this one is used. */
  readonly delivered: (tokens: number, reasoningTokens: number) => void;
  /** Resolves when there is room for more: with nothing, or with why there is none. `undefined` where there is room now. */
  readonly room: () => Promise<NoRoom | undefined> | undefined;
}

/** refused: a cap has too little left. unavailable: nobody can say. */
export type NoRoom = 'refused' | 'unavailable';

export interface SlicesOptions {
  readonly request: ChatRequest;
  /** At the endpoint that answers. */
  readonly charge: Charge;
  /** What was reserved before. */
  readonly reservedNano: number;
  /** Whether the endpoint heeds the request's limit of tokens. */
  readonly limited: boolean;
  readonly extend: (moreNano: number) => Promise<'extended' | NoRoom>;
}

/** Where less than this of a slice is left, the next one is asked for. */
const lowShare = 0.2;
const leastTokens = 64;

/** One question is under way at a time. A refusal counts when the slice is used up: until then others may end and free something. */
export function createSlices({ request, charge, reservedNano, limited, extend }: SlicesOptions): Slices {
  const { promptNano, tokenNano } = charge;
  const reasoningTokens = reasoningReserveTokens(request);
  /** Of what the request asks for; infinite where nothing limits it. */
  const longest = limited && request.maxTokens !== undefined ? request.maxTokens : Number.POSITIVE_INFINITY;
  let heldNano = reservedNano;
  let heldTokens = firstSliceTokens(request) + reasoningTokens;
  let sliceNano = firstSliceTokens(request) * tokenNano;
  let usedNano = promptNano;
  let asking: Promise<NoRoom | undefined> | undefined;
  let refused = false;

  /** What the longest answer that may come still lacks. */
  const lackingTokens = () => longest - heldTokens;
  /** An answer that is all held may use all of it: it is about to end. */
  const isUsedUp = () => tokenNano > 0 && (lackingTokens() > 0 ? usedNano >= heldNano : usedNano > heldNano);

  function ask(): Promise<NoRoom | undefined> {
    const tokens = Math.max(leastTokens, Math.min(sliceTokens, lackingTokens()));
    const moreNano = Math.ceil(Math.max(0, usedNano - heldNano) + tokens * tokenNano);
    asking = extend(moreNano).then((answer) => {
      asking = undefined;
      refused = answer !== 'extended';
      if (answer !== 'extended') return answer;
      heldNano += moreNano;
      heldTokens += tokens;
      sliceNano = tokens * tokenNano;
      return undefined;
    });
    return asking;
  }

  async function waitForRoom(): Promise<NoRoom | undefined> {
    while (isUsedUp()) {
      if (asking !== undefined) await asking;
      else {
        const noRoom = await ask();
        if (noRoom !== undefined) return noRoom;
      }
    }
    return undefined;
  }

  return {
    delivered(tokens, reasoned) {
      // Reasoning that is held and was not seen may still have been used, as far as the answer may be so long.
      const unseen = reasoningTokens - Math.min(reasoningTokens, reasoned);
      usedNano = promptNano + Math.max(tokens, Math.min(tokens + unseen, longest)) * tokenNano;
      const low = tokenNano > 0 && usedNano > heldNano - lowShare * sliceNano;
      if (low && asking === undefined && !refused && lackingTokens() > 0) void ask();
    },
    room: () => (isUsedUp() ? waitForRoom() : undefined),
  };
}
