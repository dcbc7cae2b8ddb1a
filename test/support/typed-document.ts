/** An operation and the types of its result and variables, as the code generator writes them. */
export interface TypedDocument<Result, Variables> {
  readonly __apiType?: (variables: Variables) => Result;
  readonly toString: () => string;
}
