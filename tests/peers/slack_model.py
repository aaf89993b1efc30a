"""Slack's own Python models as a second opinion on what the host draws.

Usage: slack_model.py < CALLS
CALLS is a JSON list of `{"method": ..., "body": ...}`. Prints a JSON list of what is wrong,
empty where every block and view passes the models' validators and comes out of them as it
went in: what a model does not know it drops.
"""

import json
import sys

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View


def checked(what, make, raw):
    try:
        model = make()
        if model is None:
            return f"{what}: no model knows it: {json.dumps(raw)[:300]}"
        read = model.to_dict()
    except (SlackObjectFormationError, TypeError) as error:
        return f"{what}: {error}: {json.dumps(raw)[:300]}"
    if read != raw:
        return f"{what}: read as {json.dumps(read)[:300]}, sent as {json.dumps(raw)[:300]}"
    return None


def main():
    wrong = []
    for number, call in enumerate(json.load(sys.stdin)):
        body, name = call["body"], f"call {number} ({call['method']})"
        if "view" in body:
            view = body["view"]
            wrong.append(checked(name, lambda: View(**view), view))
        for place, block in enumerate(body.get("blocks") or []):
            wrong.append(checked(f"{name}, block {place}", lambda: Block.parse(block), block))
    json.dump([one for one in wrong if one], sys.stdout)


main()
