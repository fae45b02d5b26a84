"""`python -m model SCENARIO.json [--format json|md]`: both platforms under one scenario; `-` reads standard input.

`python -m model refresh` brings the prices up to date instead; only then is anything imported that uses the network.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from model.evaluate import evaluate
from model.facts import read_text
from model.report import as_dict, as_markdown
from model.serialise import from_json

BAD_INPUT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the comparison; 2 and one line on standard error if the scenario cannot be used."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given[:1] == ["refresh"]:
        from model.refresh.command import main as refresh

        return refresh(given[1:])
    if given[:1] == ["fleet"]:
        from model.fleet.command import main as fleet

        return fleet(given[1:])
    parser = argparse.ArgumentParser(
        prog="python -m model",
        description="Lambda or ECS Fargate for this workload?",
        epilog="`python -m model refresh` reads AWS's public price list instead, `python -m model fleet` judges a "
        "table of services (see their own --help); scenario files of those names are read as ./refresh and ./fleet.",
    )
    parser.add_argument("scenario", help="a scenario file in JSON, or - for standard input")
    parser.add_argument("--format", choices=("json", "md"), default="json", help="what to print")
    chosen = parser.parse_args(given)
    try:
        comparison = evaluate(from_json(_text(chosen.scenario)))
        text = as_markdown(comparison) if chosen.format == "md" else _json(as_dict(comparison))
    except ValueError as error:  # ScenarioError is one, arrays in Markdown another
        print(" ".join(str(error).split()), file=sys.stderr)
        return BAD_INPUT
    print(text)
    return 0


def _text(path: str) -> str:
    """The scenario's text; a byte order mark, as some editors write it, is no part of it."""
    try:
        return sys.stdin.read().removeprefix("\ufeff") if path == "-" else read_text(path)
    except UnicodeDecodeError as error:
        raise ValueError(f"scenario file {path} is no text in UTF-8: {error}") from None
    except OSError as error:
        raise ValueError(f"scenario file {path} cannot be read: {error.strerror}") from None


def _json(tree: object) -> str:
    return json.dumps(tree, indent=2, ensure_ascii=False, allow_nan=False)


if __name__ == "__main__":
    sys.exit(main())
