#!/usr/bin/python3
"""Validates every line of NDJSON files against a JSON Schema: validate_ndjson.py SCHEMA FILE...

Exit status: 0 all lines are valid, 1 one is not (the first is printed with what is wrong), 2 wrong usage.
"""

import json
import sys

import jsonschema


def first_error(validator, line):
    """What is wrong with a line, or None."""
    try:
        record = json.loads(line)
    except ValueError as error:
        return f"not JSON: {error}"
    error = jsonschema.exceptions.best_match(validator.iter_errors(record))
    return None if error is None else f"{error.json_path}: {error.message}"


def validate_file(validator, name):
    """True if every line of a file is valid; prints the first that is not."""
    count = 0
    with open(name, encoding="utf-8") as lines:
        for count, line in enumerate(lines, start=1):
            error = first_error(validator, line)
            if error is not None:
                print(f"{name}:{count}: {error}\n{line}", end="")
                return False
    print(f"{name}: {count} valid lines")
    return True


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    with open(arguments[0], encoding="utf-8") as file:
        schema = json.load(file)
    validator_class = jsonschema.validators.validator_for(schema)
    validator_class.check_schema(schema)
    validator = validator_class(schema)
    return 0 if all([validate_file(validator, name) for name in arguments[1:]]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
