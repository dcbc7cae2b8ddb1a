"""Asks over REST and prints the whole answer: python3 examples/rest/ask.py "What is the capital of France?" """

import json
import os
import sys
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

url = os.environ.get("POINTSMAN_URL", "http://localhost:4000")
key = os.environ.get("POINTSMAN_API_KEY")
model = os.environ.get("POINTSMAN_MODEL", "pointsman/tiny-1m")
question = sys.argv[1] if len(sys.argv) > 1 else "What is the capital of France?"

body = {"model": model, "messages": [{"role": "user", "content": question}]}
headers = {"Content-Type": "application/json"}
if key:
    headers["Authorization"] = f"Bearer {key}"
request = Request(f"{url}/api/v1/chat/completions", json.dumps(body).encode(), headers)

try:
    with urlopen(request) as response:
        completion = json.load(response)
except HTTPError as error:
    sys.exit(f"HTTP {error.code}: {error.read().decode()}")
except URLError as error:
    sys.exit(f"{url}: {error.reason}")

print(completion["choices"][0]["message"]["content"])
print(f"cost: {completion['usage']['cost']:.9f} US dollars")
