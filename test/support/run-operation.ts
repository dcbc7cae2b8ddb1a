import { type ExecutionResult, graphql, parse, subscribe } from 'graphql';
import type { Context } from '../../schema/builder.ts';
import { schema } from '../../schema/index.ts';
import { aCaller } from './a-caller.ts';
import { noAccounts } from './no-accounts.ts';
import { restingHealth } from './resting-health.ts';
import { createScriptedGenerations } from './scripted-generations.ts';
import { createSmallCatalog } from './small-catalog.ts';

/** An operation and the types of its result and variables, as the code generator writes them. */
interface TypedDocument<Result, Variables> {
  readonly __apiType?: (variables: Variables) => Result;
  readonly toString: () => string;
}

/** A context of the small catalog, all endpoints of it in good health, and generations without a script. */
export function createContext(parts: Partial<Context> = {}): Context {
  return {
    catalog: createSmallCatalog(),
    generations: createScriptedGenerations(),
    health: restingHealth,
    accounts: noAccounts,
    caller: aCaller(),
    signal: new AbortController().signal,
    ...parts,
  };
}

/** The data of a query or mutation, which must not have errors. */
export async function run<Result, Variables>(
  document: TypedDocument<Result, Variables>,
  variables: Variables,
  context: Context = createContext(),
): Promise<Result> {
  const { data, errors } = await execute(document, variables, context);
  if (errors !== undefined) throw errors[0];
  return data as Result;
}

/** The whole result of a query or mutation, written or generated. */
export function execute(
  document: { readonly toString: () => string },
  variables: unknown = {},
  context: Context = createContext(),
): Promise<ExecutionResult> {
  const variableValues = variables as Record<string, unknown>;
  return graphql({ schema, source: document.toString(), variableValues, contextValue: context });
}

/** The events of a subscription, or the result that refused it. */
export async function open<Result, Variables>(
  document: TypedDocument<Result, Variables>,
  variables: Variables,
  context: Context,
): Promise<AsyncGenerator<{ readonly data?: Result }> | ExecutionResult> {
  const result = await subscribe({
    schema,
    document: parse(document.toString()),
    variableValues: variables as Record<string, unknown>,
    contextValue: context,
  });
  return result as AsyncGenerator<{ readonly data?: Result }> | ExecutionResult;
}

/** All that a subscription says until it ends. It must not have errors. */
export async function collect<Result, Variables>(
  document: TypedDocument<Result, Variables>,
  variables: Variables,
  context: Context,
): Promise<Result[]> {
  const events = await open(document, variables, context);
  if (!(Symbol.asyncIterator in events)) throw new Error(JSON.stringify(events.errors));
  const collected: Result[] = [];
  for await (const { data, ...rest } of events) {
    if ('errors' in rest) throw new Error(JSON.stringify(rest.errors));
    if (data !== undefined) collected.push(data);
  }
  return collected;
}
