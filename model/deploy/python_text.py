"""Python source as text: calls with one argument a line, and values that cannot break out of their quotes."""

from __future__ import annotations

from collections.abc import Iterable


class Name(str):
    """An expression that is written as it stands; every other text is quoted."""


def literal(value: object) -> str:
    """A value as Python source."""
    if isinstance(value, Name):
        return str(value)
    if isinstance(value, list):
        inner = "".join(f"{indented(literal(item))},\n" for item in value)
        return f"[\n{inner}]" if value else "[]"
    if isinstance(value, str):
        return '"' + value.encode("unicode_escape").decode("ascii").replace('"', '\\"') + '"'
    return repr(value)


def call(function: str, *positional: object, **named: object) -> Name:
    """A call as Python source; arguments that are None are left out."""
    parts = [literal(value) for value in positional]
    parts += [f"{name}={literal(value)}" for name, value in named.items() if value is not None]
    short = f"{function}({', '.join(parts)})"
    if len(short) < 90 and "\n" not in short:
        return Name(short)
    return Name(f"{function}(\n{''.join(f'{indented(part)},' + chr(10) for part in parts)})")


def indented(text: str) -> str:
    """Text four spaces further in."""
    return "\n".join(f"    {line}" if line else line for line in text.splitlines())


def program(
    head: Iterable[str],
    imports: Iterable[str],
    constants: dict[str, object],
    stack: str,
    body: list[str],
    region: str,
) -> str:
    """A CDK app with one stack: what it is, what it needs filled in, what it makes."""
    about = "\n".join(head)
    values = "\n".join(f"{name} = {literal(value)}" for name, value in constants.items())
    lines = indented(indented("\n".join(body)))
    return (
        f'"""{about}\n"""\n\nimport aws_cdk as cdk\n'
        + "".join(f"from aws_cdk import {name}\n" for name in sorted(imports))
        + "from constructs import Construct\n\n"
        + f"# Fill these in.\n{values}\n\n\n"
        + f"class {stack}(cdk.Stack):\n"
        + "    def __init__(self, scope: Construct, construct_id: str, **kwargs: object) -> None:\n"
        + "        super().__init__(scope, construct_id, **kwargs)\n"
        + f"{lines}\n\n\n"
        + 'if __name__ == "__main__":\n'
        + "    app = cdk.App()\n"
        + f"    {stack}(app, {literal(stack)}, env=cdk.Environment(region={literal(region)}))\n"
        + "    app.synth()\n"
    )
