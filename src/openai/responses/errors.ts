import { type ErrorSkin, openRouterError } from '../failure.ts';

/** OpenRouter's envelope, with the kind of error at the top beside it, where this dialect has it. */
export const responsesError: ErrorSkin = (failure) => ({
  ...openRouterError(failure),
  error_type: failure.type,
});
