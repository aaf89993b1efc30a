"""Slack's own Python models as a second opinion on what the host draws.

Usage: slack_model.py < CALLS
CALLS is a JSON list of `{"method": ..., "body": ...}`. Prints a JSON list of what is wrong,
empty where every block and view passes the models' validators and comes out of them as it
went in: what a model does not know it drops. What Slack's reference states and the models do
not check is counted here, on every object however deep it stands. A planted fault for each is
in tests/it/ways/planted.rs.
"""

import json
import sys

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MESSAGE_TEXT = 40_000
FIELD = 2000
# Slack states none for rich text: that of a section is kept.
RICH_TEXT = 3000
INITIAL_VALUE = 3000
# Seconds since 1970 for some centuries.
DATE_DIGITS = 10


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


def length(text):
    # As the reference counts: in units of UTF-16.
    return len(text.encode("utf-16-le")) // 2


def everything(value):
    """Every object in a value, the value itself first."""
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from everything(part)
    elif isinstance(value, list):
        for part in value:
            yield from everything(part)


def too_long(objects, most):
    texts = [one["text"] for one in objects if isinstance(one.get("text"), str)]
    return [f"a text has {length(text)} of {most} characters" for text in texts if length(text) > most]


def faults(one):
    """What is wrong with one object by itself."""
    kind = one.get("type")
    if kind == "section":
        yield from too_long(one.get("fields") or [], FIELD)
    elif kind == "context":
        yield from too_long(one.get("elements") or [], FIELD)
    elif kind == "rich_text":
        texts = [part["text"] for part in everything(one) if part.get("type") == "text"]
        if "" in texts:
            yield "a text of rich text is empty"
        if sum(map(length, texts)) > RICH_TEXT:
            yield f"a rich text has {sum(map(length, texts))} of {RICH_TEXT} characters"
    elif kind == "button" and (one.get("text") or {}).get("type") != "plain_text":
        yield "the text of a button is plain_text"
    elif kind == "plain_text_input":
        most = min(one.get("max_length", INITIAL_VALUE), INITIAL_VALUE)
        value = one.get("initial_value", "")
        if length(value) > most:
            yield f"initial_value has {length(value)} of {most} characters"
    elif kind == "datetimepicker":
        seconds = one.get("initial_date_time")
        if seconds is not None and len(str(seconds)) != DATE_DIGITS:
            yield f"initial_date_time is {DATE_DIGITS} digits of seconds"


def repeated(name, objects):
    ids = [one[name] for one in objects if name in one]
    return [f"{name} {one} is there twice" for one in sorted(set(ids)) if ids.count(one) > 1]


def limits(what, blocks, most):
    if len(blocks) > most:
        yield f"{what}: {len(blocks)} of {most} blocks"
    for name in ("block_id", "action_id"):
        for fault in repeated(name, everything(blocks)):
            yield f"{what}: {fault}"
    for place, block in enumerate(blocks):
        for one in everything(block):
            for fault in faults(one):
                yield f"{what}, block {place}: {fault}"


def wrong(name, body):
    if "view" in body:
        view = body["view"]
        yield checked(name, lambda: View(**view), view)
        yield from limits(name, view.get("blocks") or [], VIEW_BLOCKS)
    blocks = body.get("blocks") or []
    for place, block in enumerate(blocks):
        yield checked(f"{name}, block {place}", lambda: Block.parse(block), block)
    yield from limits(name, blocks, MESSAGE_BLOCKS)
    if length(body.get("text") or "") > MESSAGE_TEXT:
        yield f"{name}: the text has more than {MESSAGE_TEXT} characters"


def main():
    calls = json.load(sys.stdin)
    found = [one for number, call in enumerate(calls) for one in wrong(f"call {number} ({call['method']})", call["body"])]
    json.dump([one for one in found if one], sys.stdout)


main()
