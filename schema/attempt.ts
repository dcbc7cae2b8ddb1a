import type { Attempt, AttemptOutcome } from '../src/completion.ts';
import type { FailureKind } from '../src/errors.ts';
import { builder, enumOf, wholeMs } from './builder.ts';
import { EndpointRef } from './endpoint.ts';

export const AttemptOutcomeEnum = enumOf<AttemptOutcome>('AttemptOutcome', 'How the call of an endpoint ended.', {
  succeeded: 'The endpoint answered, and its answer was delivered.',
  failed: 'The endpoint failed; `failureKind` says how.',
  cancelled:
    'The call was broken off on our side: the caller hung up or cancelled, or a second call beside it answered sooner.',
});

const FailureKindEnum = enumOf<FailureKind>('FailureKind', 'Why the call of an endpoint failed.', {
  rate_limited: 'The provider refused the call because too many came.',
  overloaded: 'The provider said that it has too much to do.',
  server_failed: 'The provider failed on its side, for instance with status 500.',
  unreachable: 'No connection came about, or it broke before the answer.',
  connect_timeout: 'Connecting took too long.',
  first_content_timeout: 'The connection stood, but no content came in time.',
  gap_timeout: 'The answer began and then paused for too long.',
  total_timeout: 'The answer as a whole took too long.',
  malformed_response: 'What came back was not in the form that the provider documents.',
  truncated: 'The answer broke off without its end mark.',
  credentials_rejected: "The provider refused the operator's key.",
  provider_credits_exhausted: "The operator's account at the provider is out of credits.",
  model_not_found: 'The provider no longer knows the model.',
  context_length_exceeded: 'The messages do not fit into the context of this endpoint.',
  unsupported_parameter: 'The endpoint refused an option of the request.',
  content_filtered: "The provider's moderation refused the prompt.",
  invalid_request: 'The provider refused the request as contradictory or incomplete.',
});

/** What is told alike of an attempt while it runs and as it stands in the books. */
export const attemptFields = {
  failureKind: {
    type: FailureKindEnum,
    nullable: true,
    description: 'Why the call failed. Null unless it did.',
  },
  status: {
    nullable: true,
    description: 'The HTTP status with which the provider refused. Null where it answered, or never did.',
  },
  firstContentMs: {
    nullable: true,
    description: 'Milliseconds from the start to the first content. Null where none came.',
    resolve: ({ firstContentMs }: { readonly firstContentMs?: number | undefined }) => wholeMs(firstContentMs),
  },
} as const;

export const AttemptRef = builder.objectRef<Attempt>('Attempt').implement({
  description: 'One call of one endpoint for a request.',
  fields: (t) => ({
    endpoint: t.expose('endpoint', { type: EndpointRef, description: 'The endpoint that was called.' }),
    outcome: t.expose('outcome', {
      type: AttemptOutcomeEnum,
      nullable: true,
      description: 'How the call ended. Null while it runs.',
    }),
    failureKind: t.expose('failureKind', attemptFields.failureKind),
    status: t.exposeInt('status', attemptFields.status),
    message: t.exposeString('message', {
      nullable: true,
      description: "The provider's own sentence about the failure, without credentials. Null where it gave none.",
    }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When the call began.' }),
    firstContentMs: t.int(attemptFields.firstContentMs),
    durationMs: t.int({
      nullable: true,
      description: 'Milliseconds from the start to the end of the call. Null while it runs.',
      resolve: ({ durationMs }) => wholeMs(durationMs),
    }),
  }),
});
