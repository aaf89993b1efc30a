"""python-dateutil as a second opinion on what recurs, and when.

Usage: recurrence.py < CASES
CASES is a JSON object: `last_year`, and `cases`, a list of `{"zone", "start", "rules", "added",
"left_out"}` with times of the zone's clock as `20240131T093000`; a rule's UNTIL is in UTC. Prints a
JSON list with the starts of each case, in milliseconds since 1970.
"""

import datetime
import json
import sys
from zoneinfo import ZoneInfo

from dateutil.rrule import rruleset, rrulestr


def starts(case):
    zone = ZoneInfo(case["zone"])

    def clock(text):
        return datetime.datetime.strptime(text, "%Y%m%dT%H%M%S").replace(tzinfo=zone)

    whole = rruleset()
    # The start is an occurrence, whatever the rules say.
    whole.rdate(clock(case["start"]))
    for rule in case["rules"]:
        whole.rrule(rrulestr(rule, dtstart=clock(case["start"])))
    for at in case["added"]:
        whole.rdate(clock(at))
    for at in case["left_out"]:
        whole.exdate(clock(at))
    return sorted(round(at.timestamp() * 1000) for at in whole)


def main():
    asked = json.load(sys.stdin)
    # Rules without an end are followed until there, and so are those that never come true.
    datetime.MAXYEAR = asked["last_year"]
    json.dump([starts(case) for case in asked["cases"]], sys.stdout)


main()
