import type { ErrorSkin } from '../failure.ts';

/** Anthropic's envelope, with OpenRouter's kind of error beside Anthropic's. */
export const messagesError: ErrorSkin = ({ status, type, message, metadata, availability }) => ({
  type: 'error',
  error: {
    type: kinds[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error'),
    message,
    error_type: type,
    ...(metadata !== undefined && { metadata }),
    ...(availability !== undefined && { availability }),
  },
});

// platform.claude.com/docs/en/api/errors
const kinds: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  408: 'timeout_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  503: 'overloaded_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};
