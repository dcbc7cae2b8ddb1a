import { GraphQLError } from 'graphql';

/** An argument that is well typed but cannot be meant, told as an entry of the response's `errors`. */
export function badInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}
