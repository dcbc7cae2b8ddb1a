import type { Server } from 'node:http';
import type { Clock } from '../clock.ts';
import type { Sockets } from '../graphql/websocket.ts';
import type { Generations } from '../streams/generations.ts';
import type { Activity } from './activity.ts';

/** What has to come to its end. */
export interface Running {
  readonly http: Server;
  readonly sockets: Sockets;
  readonly activity: Activity;
  readonly generations: Generations;
  readonly clock: Clock;
}

/** How long a closing WebSocket may take to say goodbye. */
const goodbyeMs = 1_000;
/** What has been cancelled may have to count its tokens before it can say its last word. */
const partingMs = 5_000;

/** Waits up to `graceMs` for what is in flight, ends the rest, and closes everything. The server takes no new work by then. */
export async function shutDown({ http, sockets, activity, generations, clock }: Running, graceMs: number) {
  sockets.closeIdle();
  const idle = () => Promise.all([activity.idle(), generations.idle()]);
  await within(graceMs, idle(), clock);
  generations.cancelAll();
  await within(partingMs, idle(), clock);
  activity.endAll();
  await within(goodbyeMs, activity.idle(), clock);
  await sockets.close(goodbyeMs);
  await new Promise<void>((resolve) => {
    http.close(() => resolve());
    http.closeAllConnections();
  });
}

function within(waitMs: number, event: Promise<unknown>, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(waitMs, resolve);
    void event.then(() => {
      cancel();
      resolve();
    });
  });
}
