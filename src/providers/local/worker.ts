import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers';
import { parentPort, workerData } from 'node:worker_threads';
import { embed } from './embedding.ts';
import { createEngine } from './engine.ts';
import { generate } from './generation.ts';
import type { FromWorker, ToWorker, WorkerOptions } from './messages.ts';
import { createScheduler } from './scheduler.ts';

// The entry of the local model's thread; imported anywhere else it does nothing.
if (parentPort !== null) {
  const port = parentPort;
  const options: WorkerOptions = workerData;
  const engine = createEngine(readFileSync(options.modelFile));
  const scheduler = createScheduler({
    ...options,
    generate: (work) => ('texts' in work ? embed(engine, work) : generate(engine, work)),
    send: (message: FromWorker) => port.postMessage(message),
    defer: setImmediate,
  });
  port.on('message', (message: ToWorker) => scheduler.receive(message));
}
