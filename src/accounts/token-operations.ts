/** What a client token may be allowed, and which root fields of the API each of these opens. */
const rootFields = {
  completion: ['createChatCompletion'],
  stream: ['streamChatCompletion'],
  embedding: ['createEmbedding'],
  follow: ['followGeneration'],
  cancel: ['cancelGeneration'],
  catalog: ['models', 'model', 'providers', 'provider', 'node', 'nodes', 'endpointHealth'],
} as const satisfies Record<string, readonly string[]>;

type TokenOperation = keyof typeof rootFields;

/** The names of what a client token may be allowed. */
export const tokenOperations: readonly string[] = Object.keys(rootFields);

/** The root fields that these open; what is not one of `tokenOperations` opens none. `__typename` is open to everybody. */
export function rootFieldsOf(operations: readonly string[]): ReadonlySet<string> {
  return new Set(['__typename', ...operations.filter(isTokenOperation).flatMap((operation) => rootFields[operation])]);
}

function isTokenOperation(name: string): name is TokenOperation {
  return name in rootFields;
}
