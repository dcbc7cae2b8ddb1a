/** A document that GraphiQL opens with. */
export interface GraphiqlTab {
  readonly document: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** What a newcomer tries first. Every one works with the built-in model, without a key and without a network. */
export const graphiqlTabs: readonly GraphiqlTab[] = [
  {
    document: `# The models that could answer now.
# Without the filter: all that this server knows.
query ListModels {
  models(first: 20, filter: { available: true }) {
    totalCount
    edges {
      node {
        slug
        name
        available
        contextLength
        pricing {
          prompt
          completion
        }
        endpoints {
          tag
          health {
            state
          }
        }
      }
    }
  }
}
`,
  },
  {
    document: `# One answer, whole.
# Without "model" the default model answers.
mutation Complete($input: ChatCompletionInput!) {
  createChatCompletion(input: $input) {
    __typename
    ... on ChatCompletion {
      content
      finishReason
      model {
        slug
      }
      usage {
        promptTokens
        completionTokens
        source
      }
      cost
      attempts {
        endpoint {
          tag
        }
        outcome
        durationMs
      }
    }
    ... on UserError {
      code
      message
      retryable
    }
  }
}
`,
    variables: {
      input: { messages: [{ role: 'USER', content: 'Tell me a story about a railway.' }], maxTokens: 120 },
    },
  },
  {
    document: `# The same, as it is written: a subscription.
subscription Stream($input: ChatCompletionInput!) {
  streamChatCompletion(input: $input) {
    __typename
    ... on ChatCompletionEventFields {
      sequence
    }
    ... on ContentDelta {
      text
    }
    ... on CompletionFinished {
      completion {
        content
        finishReason
        usage {
          completionTokens
        }
      }
    }
    ... on CompletionFailed {
      error {
        __typename
        ... on UserError {
          code
          message
        }
      }
    }
  }
}
`,
    variables: {
      input: { messages: [{ role: 'USER', content: 'Tell me a story about a signal box.' }], maxTokens: 200 },
    },
  },
  {
    document: `# A tool that the model may call.
# "toolCalls" says which one it calls, and with what.
mutation CallATool($input: ChatCompletionInput!) {
  createChatCompletion(input: $input) {
    __typename
    ... on ChatCompletion {
      content
      finishReason
      toolCalls {
        callId
        name
        arguments
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
`,
    variables: {
      input: {
        messages: [{ role: 'USER', content: 'What is the weather in Rome?' }],
        tools: [
          {
            function: {
              name: 'getWeather',
              description: 'The weather in a city, now.',
              parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
            },
          },
        ],
        toolChoice: { function: 'getWeather' },
        maxTokens: 60,
      },
    },
  },
  {
    document: `# What would become of a request, and what it would
# cost. Nothing is sent to anyone.
query Plan($input: ChatCompletionInput!) {
  routePlan(input: $input) {
    __typename
    ... on RoutePlan {
      modelChoices {
        reason
      }
      candidates {
        place
        endpoint {
          tag
        }
        share
        terms {
          name
          factor
        }
        reason
      }
      excluded {
        name
        filter
        reason
      }
      estimatedCost {
        lowest
        expected
        highest
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
`,
    variables: {
      input: { messages: [{ role: 'USER', content: 'Tell me a story about a timetable.' }], maxTokens: 120 },
    },
  },
  {
    document: `# What was asked of this server so far, and what it cost.
query Books($from: DateTime!, $to: DateTime!) {
  account {
    name
    credits {
      remaining
    }
  }
  generations(first: 10) {
    totalCount
    edges {
      node {
        generationId
        createdAt
        modelSlug
        termination
        cost
        durationMs
      }
    }
  }
  activity(from: $from, to: $to, groupBy: [MODEL]) {
    modelSlug
    requests
    completionTokens
    cost
  }
}
`,
    variables: { from: '2026-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' },
  },
  {
    document: `# A failure that the caller can act on comes as a type
# of its own, with what would help.
mutation AskForTheWrongModel($input: ChatCompletionInput!) {
  createChatCompletion(input: $input) {
    __typename
    ... on UserError {
      code
      message
      retryable
      retryAfterMs
    }
    ... on ModelNotFound {
      suggestions
    }
  }
}
`,
    variables: { input: { model: 'pointsman/tiny-2m', messages: [{ role: 'USER', content: 'Hello!' }] } },
  },
];
