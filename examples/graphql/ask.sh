#!/usr/bin/env bash
# Asks over GraphQL and prints the whole answer: bash examples/graphql/ask.sh "What is the capital of France?"
set -euo pipefail

url=${POINTSMAN_URL:-http://localhost:4000}
key=${POINTSMAN_API_KEY:-}
model=${POINTSMAN_MODEL:-pointsman/tiny-1m}
question=${1:-What is the capital of France?}

jq --null-input --rawfile query "$(dirname "$0")/ask.graphql" --arg model "$model" --arg question "$question" \
  '{ $query, variables: { input: { $model, messages: [{ role: "USER", content: $question }] } } }' |
  curl --silent --show-error --fail-with-body "$url/graphql" --data @- \
    --header 'Content-Type: application/json' ${key:+--header "Authorization: Bearer $key"} |
  jq --raw-output '
    if .errors then "\(.errors)\n" | halt_error(1)
    else .data.createChatCompletion |
      if .__typename == "ChatCompletion" then .content, "cost: \(.cost) US dollars"
      else "\(.__typename): \(.message)\n" | halt_error(1) end
    end'
