"""Metrics as a scraper reads them (监控读数): Prometheus' text format, name and labels to number."""

import re

from tests.walk.installation import Installation

_SAMPLE = re.compile(r"^jixin_intake_outcomes_total\{(?P<labels>[^}]*)\} (?P<value>\S+)$", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="([^"]*)"')
Outcomes = dict[tuple[str, str], int]


def outcomes(house: Installation) -> Outcomes:
    """`jixin_intake_outcomes_total` by outcome and code, where it is not 0."""
    found = {}
    for sample in _SAMPLE.finditer(house.get("/metrics").text):
        labels = dict(_LABEL.findall(sample["labels"]))
        if value := int(float(sample["value"])):
            found[labels["outcome"], labels["code"]] = value
    return found


def difference(before: Outcomes, after: Outcomes) -> Outcomes:
    """What was counted between two readings."""
    grown = {key: after.get(key, 0) - before.get(key, 0) for key in before.keys() | after.keys()}
    return {key: number for key, number in grown.items() if number}
