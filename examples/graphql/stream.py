"""Prints an answer as it is written, over server-sent events: python3 examples/graphql/stream.py "Tell me a story." """

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

query = Path(__file__).with_name("stream.graphql").read_text()
variables = {"input": {"model": model, "messages": [{"role": "USER", "content": question}]}}
headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
if key:
    headers["Authorization"] = f"Bearer {key}"
request = Request(f"{url}/graphql", json.dumps({"query": query, "variables": variables}).encode(), headers)


def events(response):
    """The results of the subscription, one for each `data:` line that is not empty."""
    for line in response:
        name, _, value = line.decode().strip().partition(": ")
        if name == "data":
            yield json.loads(value)


try:
    with urlopen(request) as response:
        for result in events(response):
            if result.get("errors"):
                sys.exit(json.dumps(result["errors"]))
            event = result["data"]["streamChatCompletion"]
            if event["__typename"] == "ContentDelta":
                print(event["text"], end="", flush=True)
            elif event["__typename"] == "CompletionFinished":
                print(f"\ncost: {event['completion']['cost']} US dollars")
            elif event["__typename"] == "CompletionFailed":
                sys.exit(f"\n{event['error']['__typename']}: {event['error']['message']}")
except HTTPError as error:
    sys.exit(f"HTTP {error.code}: {error.read().decode()}")
except URLError as error:
    sys.exit(f"{url}: {error.reason}")
