#!/usr/bin/env bash
# Prints an answer as it is written, over REST: bash examples/rest/stream.sh "Tell me a story."
set -euo pipefail

url=${POINTSMAN_URL:-http://localhost:4000}
key=${POINTSMAN_API_KEY:-}
model=${POINTSMAN_MODEL:-pointsman/tiny-1m}
question=${1:-What is the capital of France?}

# Reads line by line: a line that is not JSON after `data: `, such as a comment or [DONE], is passed over.
jq --null-input --arg model "$model" --arg question "$question" \
  '{ $model, messages: [{ role: "user", content: $question }], stream: true }' |
  curl --silent --show-error --fail-with-body --no-buffer "$url/api/v1/chat/completions" --data @- \
    --header 'Content-Type: application/json' ${key:+--header "Authorization: Bearer $key"} |
  jq --null-input --raw-input --join-output --unbuffered '
    inputs | ltrimstr("data: ") | fromjson? // empty |
    if .error then "\n\(.error.message)\n" | halt_error(1)
    else
      (.choices[0].delta.content // empty),
      (.usage | select(.) | "\ncost: \(.cost) US dollars\n")
    end'
