"""Prints an answer as it is written, over REST: python3 examples/rest/stream.py "Tell me a story." """

import json
import os
import sys
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

url = os.environ.get("POINTSMAN_URL", "http://localhost:4000")
key = os.environ.get("POINTSMAN_API_KEY")
model = os.environ.get("POINTSMAN_MODEL", "pointsman/tiny-1m")
question = sys.argv[1] if len(sys.argv) > 1 else "What is the capital of France?"

body = {"model": model, "messages": [{"role": "user", "content": question}], "stream": True}
headers = {"Content-Type": "application/json"}
if key:
    headers["Authorization"] = f"Bearer {key}"
request = Request(f"{url}/api/v1/chat/completions", json.dumps(body).encode(), headers)


def chunks(response):
    """The chunks of the answer: each `data:` line but the last, which says [DONE]. Comments keep the line open."""
    for line in response:
        name, _, value = line.decode().strip().partition(": ")
        if name == "data" and value != "[DONE]":
            yield json.loads(value)


try:
    with urlopen(request) as response:
        for chunk in chunks(response):
            if "error" in chunk:
                sys.exit(f"\n{chunk['error']['message']}")
            for choice in chunk["choices"]:
                print(choice["delta"].get("content") or "", end="", flush=True)
            if chunk.get("usage"):
                print(f"\ncost: {chunk['usage']['cost']:.9f} US dollars")
except HTTPError as error:
    sys.exit(f"HTTP {error.code}: {error.read().decode()}")
except URLError as error:
    sys.exit(f"{url}: {error.reason}")
