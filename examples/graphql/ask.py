"""Asks over GraphQL and prints the whole answer: python3 examples/graphql/ask.py "What is the capital of France?" """

import json
import os
import sys
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

url = os.environ.get("POINTSMAN_URL", "http://localhost:4000")
key = os.environ.get("POINTSMAN_API_KEY")
model = os.environ.get("POINTSMAN_MODEL", "pointsman/tiny-1m")
question = sys.argv[1] if len(sys.argv) > 1 else "What is the capital of France?"

query = Path(__file__).with_name("ask.graphql").read_text()
variables = {"input": {"model": model, "messages": [{"role": "USER", "content": question}]}}
headers = {"Content-Type": "application/json"}
if key:
    headers["Authorization"] = f"Bearer {key}"
request = Request(f"{url}/graphql", json.dumps({"query": query, "variables": variables}).encode(), headers)

try:
    with urlopen(request) as response:
        body = json.load(response)
except HTTPError as error:
    sys.exit(f"HTTP {error.code}: {error.read().decode()}")
except URLError as error:
    sys.exit(f"{url}: {error.reason}")

if body.get("errors"):
    sys.exit(json.dumps(body["errors"]))
result = body["data"]["createChatCompletion"]
if result["__typename"] != "ChatCompletion":
    sys.exit(f"{result['__typename']}: {result['message']}")
print(result["content"])
print(f"cost: {result['cost']} US dollars")
