import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  executeRootSelectionSet,
  executeSubscriptionEvent,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  type ValidatedSubscriptionArgs,
  validateExecutionArgs,
  validateSubscriptionArgs,
} from 'graphql';
import type { Caller } from '../caller.ts';
import { depthExceeds, mostJsonDepth } from '../server/json-depth.ts';
import type { EventTypeNames } from './compile-selection.ts';
import { createCompiledSelections } from './compiled-selections.ts';
import { createDocuments, type Documents } from './documents.ts';
import { exceededLimit } from './limits.ts';
import type { MaskError } from './mask-error.ts';
import { createPayloads, type EventSource, type Payloads } from './payloads.ts';
import { forbiddenField } from './root-fields.ts';

/** What a request asks for, as it comes. */
export interface RequestParams {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

/** An operation of a parsed and valid document. */
export interface Operation {
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly variableValues?: Readonly<Record<string, unknown>> | null | undefined;
}

/** Runs operations, the same way for every transport. The errors that it returns are masked; what `documents.parse` throws is not. */
export interface Operations {
  readonly documents: Documents;
  /** Errors of the operation as a whole: none of that name, too large, nested too deeply, not his to run. Runs nothing. */
  readonly check: (operation: Operation, caller: Caller) => readonly GraphQLError[];
  /** Parses, validates and checks. */
  readonly prepare: (params: RequestParams, caller: Caller) => Operation | { readonly errors: readonly GraphQLError[] };
  readonly execute: (operation: Operation, contextValue: unknown) => Promise<ExecutionResult>;
  /** The stream of results, or the one result that says why there is none. */
  readonly subscribe: (operation: Operation, contextValue: unknown) => Promise<Payloads | ExecutionResult>;
}

export interface OperationsOptions {
  readonly schema: GraphQLSchema;
  readonly eventTypeNames: EventTypeNames;
  readonly maskError: MaskError;
  /** Whether callers are told no more than they must: no introspection, no suggestions. */
  readonly forStrangers: boolean;
}

export function createOperations({ schema, eventTypeNames, maskError, forStrangers }: OperationsOptions): Operations {
  const { parse, validate } = createDocuments(forStrangers);
  const documents: Documents = {
    parse,
    validate: (...args) => validate(...args).map(maskError),
  };
  const selectionOf = createCompiledSelections(eventTypeNames);

  return {
    documents,
    check,
    prepare: ({ query, operationName, variables }, caller) => {
      try {
        const document = documents.parse(query);
        const operation = { document, operationName, variableValues: variables };
        const invalid = documents.validate(schema, document);
        const errors = invalid.length > 0 ? invalid : check(operation, caller);
        return errors.length > 0 ? { errors } : operation;
      } catch (error) {
        return { errors: [maskError(error)] };
      }
    },
    execute: async (operation, contextValue) => {
      const args = validateExecutionArgs(argsOf(operation, contextValue));
      if (!('schema' in args)) return { errors: args.map(badInput) };
      return masked(await executeRootSelectionSet(args));
    },
    subscribe: async (operation, contextValue) => {
      const args = validateSubscriptionArgs(argsOf(operation, contextValue));
      if (!('schema' in args)) return { errors: args.map(badInput) };
      const source = await createSourceEventStream(args);
      if (!(Symbol.asyncIterator in source)) return masked(source);
      const compiled = selectionOf(args);
      return createPayloads(eventSource(source), {
        event: (event) => compiled(event) ?? executeEvent(args, event),
        failure: (error) => JSON.stringify({ errors: [maskError(error)] }),
      });
    },
  };

  function check({ document, operationName, variableValues }: Operation, caller: Caller): readonly GraphQLError[] {
    const operation = getOperationAST(document, operationName);
    if (operation === null || operation === undefined) {
      return [
        badRequest(
          'OPERATION_RESOLUTION_FAILURE',
          'The document has no operation of that name, or several and no name says which.',
        ),
      ];
    }
    if (depthExceeds(variableValues, mostJsonDepth)) {
      return [badRequest('BAD_USER_INPUT', `The variables are nested more than ${mostJsonDepth} levels deep.`)];
    }
    const error =
      exceededLimit(schema, document, operation, variableValues ?? {}) ??
      (caller.operations && forbiddenField(document, operationName, caller.operations));
    return error === undefined ? [] : [error];
  }

  function argsOf({ document, operationName, variableValues }: Operation, contextValue: unknown): ExecutionArgs {
    const args: ExecutionArgs = { schema, document, contextValue, hideSuggestions: forStrangers };
    if (operationName != null) args.operationName = operationName;
    if (variableValues != null) args.variableValues = variableValues;
    return args;
  }

  function badInput({ message, nodes }: GraphQLError): GraphQLError {
    return maskError(new GraphQLError(message, { nodes, extensions: { code: 'BAD_USER_INPUT' } }));
  }

  function masked(result: ExecutionResult): ExecutionResult {
    return result.errors === undefined ? result : { ...result, errors: result.errors.map(maskError) };
  }

  function executeEvent(args: ValidatedSubscriptionArgs, event: unknown): string | Promise<string> {
    const result = executeSubscriptionEvent({ ...args, rootValue: event });
    return result instanceof Promise ? result.then(stringify) : stringify(result);
  }

  function stringify(result: ExecutionResult): string {
    return JSON.stringify(masked(result));
  }
}

function badRequest(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

interface BatchedSource {
  readonly nextBatch: () => Promise<readonly unknown[] | undefined>;
}

function hasBatches(source: object): source is BatchedSource {
  return 'nextBatch' in source && typeof source.nextBatch === 'function';
}

function eventSource(source: AsyncIterable<unknown>): EventSource {
  const iterator = source[Symbol.asyncIterator]();
  const hangUp = () => {
    iterator.return?.().catch(() => undefined);
  };
  if (hasBatches(source)) return { next: () => source.nextBatch(), return: hangUp };
  return {
    next: async () => {
      const result = await iterator.next();
      return result.done === true ? undefined : [result.value];
    },
    return: hangUp,
  };
}
