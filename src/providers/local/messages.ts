import type { StreamPart } from '../../chat.ts';
import type { FailureKind } from '../../errors.ts';
import type { EmbeddingWork, VectorPart } from './embedding.ts';
import type { GenerationOptions } from './generation.ts';

/** What the worker is started with. */
export interface WorkerOptions {
  /** The path of a model in GGUF. */
  readonly modelFile: string;
  readonly maxRunning: number;
  readonly maxQueued: number;
  /** How many batches of an answer may be under way before the worker waits for `taken`. */
  readonly maxAhead: number;
}

/** What one generation is to do: write an answer, or make vectors. */
export type Work = GenerationOptions | EmbeddingWork;

/** What a generation brings: parts of an answer, or vectors. */
export type WorkPart = StreamPart | VectorPart;

/** What the worker is told. `id` names a generation; ids are never used again. */
export type ToWorker =
  | { readonly type: 'generate'; readonly id: number; readonly options: Work }
  /** The consumer has taken so many batches. */
  | { readonly type: 'taken'; readonly id: number; readonly batches: number }
  | { readonly type: 'cancel'; readonly id: number };

/** What the worker says. After `done` or `failed` it says nothing more of that generation. */
export type FromWorker =
  | { readonly type: 'parts'; readonly id: number; readonly parts: readonly WorkPart[] }
  | { readonly type: 'done'; readonly id: number }
  | { readonly type: 'failed'; readonly id: number; readonly kind: FailureKind; readonly message: string };
