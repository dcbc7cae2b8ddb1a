import type { WebSocket } from 'ws';
import type { Clock } from '../clock.ts';

/** Pings, and cuts off a socket that has not answered by the next ping. */
export function keepAlive(socket: WebSocket, pingMs: number, clock: Clock): () => void {
  let alive = true;
  let stop = clock.after(pingMs, beat);
  socket.on('pong', () => {
    alive = true;
  });
  function beat(): void {
    if (!alive) {
      socket.terminate();
      return;
    }
    alive = false;
    if (socket.readyState === socket.OPEN) socket.ping();
    stop = clock.after(pingMs, beat);
  }
  return () => stop();
}

/** Says whether one more message is within the limit of its second. */
export function createMessageGate(maxPerSecond: number, clock: Clock): () => boolean {
  let windowStart = clock.monotonic();
  let count = 0;
  return () => {
    const now = clock.monotonic();
    if (now - windowStart >= 1_000) {
      windowStart = now;
      count = 0;
    }
    count += 1;
    return count <= maxPerSecond;
  };
}

/** Counts the sockets of each address that have not shown the key. */
export function createStrangers() {
  const counts = new Map<string, number>();
  return {
    count: (address: string) => counts.get(address) ?? 0,
    join: (address: string): (() => void) => {
      counts.set(address, (counts.get(address) ?? 0) + 1);
      let left = false;
      return () => {
        if (left) return;
        left = true;
        const count = (counts.get(address) ?? 1) - 1;
        if (count === 0) counts.delete(address);
        else counts.set(address, count);
      };
    },
  };
}
