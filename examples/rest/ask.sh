#!/usr/bin/env bash
# Asks over REST and prints the whole answer: bash examples/rest/ask.sh "What is the capital of France?"
set -euo pipefail

url=${POINTSMAN_URL:-http://localhost:4000}
key=${POINTSMAN_API_KEY:-}
model=${POINTSMAN_MODEL:-pointsman/tiny-1m}
question=${1:-What is the capital of France?}

jq --null-input --arg model "$model" --arg question "$question" \
  '{ $model, messages: [{ role: "user", content: $question }] }' |
  curl --silent --show-error --fail-with-body "$url/api/v1/chat/completions" --data @- \
    --header 'Content-Type: application/json' ${key:+--header "Authorization: Bearer $key"} |
  jq --raw-output '
    if .error then "\(.error.message)\n" | halt_error(1)
    else .choices[0].message.content, "cost: \(.usage.cost) US dollars" end'
