import type { Caller } from '../caller.ts';
import type { Endpoint } from '../catalog.ts';
import type { ChatRequest, EmbeddingInput, Json, JsonObject } from '../chat.ts';
import type { Attempt } from '../completion.ts';
import { nanoOfDollars } from './amounts.ts';

/** What was asked for, without anything of the prompt. */
export function requestedOf(request: ChatRequest): JsonObject {
  const { model, models, provider, maxTokens, timeoutMs, reasoning, embedding } = request;
  return {
    ...(model !== undefined && { model }),
    ...(models !== undefined && { models }),
    ...(provider !== undefined && { provider: asJson(provider) }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(reasoning !== undefined && { reasoning: { ...reasoning } }),
    ...(embedding !== undefined && { embedding: embeddingEntry(embedding) }),
  };
}

function embeddingEntry({ inputs, dimensions, inputType }: EmbeddingInput): JsonObject {
  return {
    inputs: inputs.length,
    ...(dimensions !== undefined && { dimensions }),
    ...(inputType !== undefined && { inputType }),
  };
}

const snapshots = new WeakMap<Endpoint, JsonObject>();

/** The endpoint as it stands in the record, with the price list that it was billed by: both may change in the catalog. */
export function snapshotOf(endpoint: Endpoint): JsonObject {
  const known = snapshots.get(endpoint);
  if (known !== undefined) return known;
  const { id, tag, model, provider, upstreamModel, quantization, pricing } = endpoint;
  const snapshot = { id, tag, model, provider, upstreamModel, quantization, pricing: asJson(pricing) };
  snapshots.set(endpoint, snapshot);
  return snapshot;
}

/** An attempt as it stands in the record: without the provider's sentence, which may repeat the prompt. */
export function attemptEntry(attempt: Attempt): Json {
  const { endpoint, outcome, failureKind, status, startedAt, firstContentMs, durationMs, cost } = attempt;
  return {
    endpoint: endpoint.id,
    provider: endpoint.provider,
    model: endpoint.model,
    startedAt,
    ...(outcome !== undefined && { outcome }),
    ...(failureKind !== undefined && { failureKind }),
    ...(status !== undefined && { status }),
    ...(firstContentMs !== undefined && { firstContentMs }),
    ...(durationMs !== undefined && { durationMs }),
    ...(cost !== undefined && cost !== '0' && { cost }),
  };
}

/** What all attempts cost the operator, without a cost that is more than the books can hold. */
export function operatorCostNano(attempts: readonly Attempt[]): number {
  return attempts.reduce((sum, { cost = '0' }) => sum + (nanoOfDollars(cost) ?? 0), 0);
}

/** Who asks, as the record names it. */
export function whoAsks({ accountId, keyId, parentKeyId }: Caller, { user, sessionId }: ChatRequest) {
  return {
    accountId,
    ...(keyId !== undefined && { keyId }),
    ...(parentKeyId !== undefined && { parentKeyId }),
    ...(user !== undefined && { userId: user }),
    ...(sessionId !== undefined && { sessionId }),
  };
}

/** Values of ours, which are plain, as the store keeps them. */
function asJson(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value));
}
