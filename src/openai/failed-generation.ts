import type { RoutingMetadata } from './routing-metadata.ts';

/** What a request ended in that had become a generation; `cause` is the failure itself. Its answer tells the generation's id. */
export class FailedGeneration extends Error {
  override readonly name = 'FailedGeneration';
  readonly generationId: string;
  readonly routing: RoutingMetadata;

  constructor(generationId: string, cause: unknown, routing: RoutingMetadata) {
    super('the generation failed', { cause });
    this.generationId = generationId;
    this.routing = routing;
  }
}
