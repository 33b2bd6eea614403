#!/usr/bin/env python3
"""check_dashboard.py DASHBOARD ALERTS SOURCE: every metric that the dashboard and the alert rules name
is one that the program writes."""

import json
import re
import sys

SUFFIXES = ("_bucket", "_sum", "_count")


def written(source):
    """The families that the source's calls name."""
    return set(re.findall(r'(?:put|begin_family|put_latency)\(file, "([a-z_]+)"', source))


def named(text):
    return set(re.findall(r"\btcpbye_([a-z_]+)", text))


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        dashboard = json.load(file)
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    expressions += [one["query"] for one in dashboard["templating"]["list"]]
    with open(sys.argv[2], encoding="utf-8") as file:
        expressions.append(file.read())
    with open(sys.argv[3], encoding="utf-8") as file:
        families = written(file.read())
    names = named("\n".join(expressions))
    unknown = sorted(
        name
        for name in names
        if name not in families
        and not any(
            name.endswith(suffix) and name[: -len(suffix)] in families for suffix in SUFFIXES
        )
    )
    print(f"{len(names)} metrics named, {len(families)} written, unknown: {unknown}")
    sys.exit(1 if unknown or len(names) < 10 or len(families) < 20 else 0)


main()
