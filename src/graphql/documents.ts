import {
  type DocumentNode,
  GraphQLError,
  type GraphQLErrorOptions,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  parse,
  type Source,
  specifiedRules,
  validate,
} from 'graphql';
import { limits } from './limits.ts';

/** Parsed and validated documents, remembered by their text. */
export interface Documents {
  /** Throws a GraphQLError for a text that is no GraphQL or has too many tokens. */
  readonly parse: (source: string | Source) => DocumentNode;
  readonly validate: (schema: GraphQLSchema, document: DocumentNode) => readonly GraphQLError[];
}

const maxRemembered = 512;
const maxRememberedLength = 16_384;
const maxErrors = 5;

/** `forStrangers`: answers no introspection, and errors suggest no names. */
export function createDocuments(forStrangers: boolean): Documents {
  const parsed = new Map<string, DocumentNode>();
  const validated = new WeakMap<DocumentNode, readonly GraphQLError[]>();
  const rules = forStrangers ? [...specifiedRules, NoSchemaIntrospectionCustomRule] : specifiedRules;

  return {
    parse: (source) => {
      const text = typeof source === 'string' ? source : source.body;
      const known = parsed.get(text);
      if (known !== undefined) {
        parsed.delete(text);
        parsed.set(text, known);
        return known;
      }
      const document = parseBounded(source);
      if (text.length <= maxRememberedLength) {
        parsed.set(text, document);
        const [oldest] = parsed.keys();
        if (parsed.size > maxRemembered && oldest !== undefined) parsed.delete(oldest);
      }
      return document;
    },
    validate: (schema, document) => {
      const known = validated.get(document);
      if (known !== undefined) return known;
      const errors = validate(schema, document, rules, { maxErrors, hideSuggestions: forStrangers }).map(withCode);
      validated.set(document, errors);
      return errors;
    },
  };
}

function parseBounded(source: string | Source): DocumentNode {
  try {
    return parse(source, { maxTokens: limits.tokens });
  } catch (error) {
    // The parser recurses: a document of nothing but brackets can be at the end of the stack within the limit of tokens.
    if (error instanceof RangeError) throw parseFailed('The document is nested too deeply.');
    if (!(error instanceof GraphQLError)) throw error;
    const { message, source: errorSource, positions } = error;
    throw parseFailed(message, { source: errorSource, positions });
  }
}

function parseFailed(message: string, place: Pick<GraphQLErrorOptions, 'source' | 'positions'> = {}): GraphQLError {
  return new GraphQLError(message, { ...place, extensions: { code: 'GRAPHQL_PARSE_FAILED' } });
}

function withCode(error: GraphQLError): GraphQLError {
  if (error.extensions.code !== undefined) return error;
  return new GraphQLError(error.message, { nodes: error.nodes, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
}
