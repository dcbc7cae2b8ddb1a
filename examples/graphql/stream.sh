#!/usr/bin/env bash
# Prints an answer as it is written, over server-sent events: bash examples/graphql/stream.sh "Tell me a story."
set -euo pipefail

url=${POINTSMAN_URL:-http://localhost:4000}
key=${POINTSMAN_API_KEY:-}
model=${POINTSMAN_MODEL:-pointsman/tiny-1m}
question=${1:-What is the capital of France?}

# Reads line by line: a line that is not JSON after `data: `, such as the name of an event, is passed over.
jq --null-input --rawfile query "$(dirname "$0")/stream.graphql" --arg model "$model" --arg question "$question" \
  '{ $query, variables: { input: { $model, messages: [{ role: "USER", content: $question }] } } }' |
  curl --silent --show-error --fail-with-body --no-buffer "$url/graphql" --data @- --header 'Accept: text/event-stream' \
    --header 'Content-Type: application/json' ${key:+--header "Authorization: Bearer $key"} |
  jq --null-input --raw-input --join-output --unbuffered '
    inputs | ltrimstr("data: ") | fromjson? // empty |
    if .errors then "\(.errors)\n" | halt_error(1)
    else .data.streamChatCompletion |
      if .__typename == "ContentDelta" then .text
      elif .__typename == "CompletionFinished" then "\ncost: \(.completion.cost) US dollars\n"
      elif .__typename == "CompletionFailed" then "\n\(.error.__typename): \(.error.message)\n" | halt_error(1)
      else empty end
    end'
