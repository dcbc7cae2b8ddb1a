import { setTimeout } from 'node:timers/promises';
import type { Random } from '../../src/clock.ts';
import { createCallers, type Question, type Seen, type Callers as Speakers } from './callers.ts';
import { model } from './set-up.ts';

/** Many who ask one after the other, whatever becomes of the program. */
export interface Crowd {
  /** The program listens there from now on. */
  readonly meet: (url: string) => void;
  /** Nobody asks anything new from now on; `end` ends the program under those who have asked. */
  readonly part: (end: () => Promise<void>) => Promise<void>;
  /** How many streams have been told their id. */
  readonly told: () => number;
  /** Asks nothing more, and resolves once every request has its answer, or was silenced, with what became of all of them. */
  readonly disperse: () => Promise<readonly Seen[]>;
}

export interface CrowdOptions {
  readonly secrets: readonly string[];
  readonly streams: number;
  readonly wholes: number;
  readonly random: Random;
}

/** Who was refused asks again after so long. */
const patienceMs = 100;

/** One of ten hangs up in the middle; one of five sends a key with which it asks again when it was silenced. */
export function gather({ secrets, streams, wholes, random }: CrowdOptions): Crowd {
  const seen: Seen[] = [];
  let dispersing = false;
  let speakers: readonly Speakers[] = [];
  let meeting = Promise.withResolvers<readonly Speakers[]>();
  let asked = 0;
  let told = 0;
  const onTold = () => {
    told += 1;
  };

  const question = (way: Question['way']): Question => {
    const user = `chaos-${asked++}`;
    return {
      way,
      user,
      ...(random() < 0.2 && { idempotencyKey: `key-of-${user}` }),
      ...(random() < 0.1 && { leavesAfter: 1 + Math.floor(random() * 20) }),
    };
  };
  const ask = async (who: number, what: Question): Promise<Seen> => {
    const speaker = (await meeting.promise)[who % secrets.length];
    if (speaker === undefined) throw new Error('nobody has a key');
    const outcome = await speaker.ask(what);
    seen.push(outcome);
    if (outcome.ended === 'refused') await setTimeout(patienceMs);
    return outcome;
  };
  const live = async (who: number, way: Question['way']) => {
    while (!dispersing) {
      const what = question(way);
      const { ended } = await ask(who, what);
      if (ended === 'silenced' && what.idempotencyKey !== undefined && !dispersing) await ask(who, what);
    }
  };
  const lives = [
    ...Array.from({ length: streams }, (_, who) => live(who, who % 3 === 0 ? 'SSE' : 'WebSocket')),
    ...Array.from({ length: wholes }, (_, who) => live(who, 'HTTP')),
  ];
  // A mistake in one life is told at the end.
  for (const one of lives) one.catch(() => {});

  return {
    meet: (url) => {
      speakers = secrets.map((secret) => createCallers(url, secret, model, onTold));
      meeting.resolve(speakers);
    },
    part: async (end) => {
      const leaving = speakers;
      meeting = Promise.withResolvers();
      await end();
      await Promise.all(leaving.map((speaker) => speaker.close()));
    },
    told: () => told,
    disperse: async () => {
      dispersing = true;
      await Promise.all(lives);
      return seen;
    },
  };
}
