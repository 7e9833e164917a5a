"""The commands: every one with its arguments, options and examples, from the command line itself."""

import inspect
from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from docs.generator import markdown
from docs.generator.markdown import code
from syncd.cli.main import tree

_EVERYWHERE = frozenset({"home", "json", "help"})


def page() -> str:
    """Return the page."""
    root = get_command(tree())
    blocks = [
        "Every command takes `--home DIR`, or finds the home in `SYNCD_HOME`, or takes the current folder; before or "
        "behind the command's name. Those that print data take `--json`, which prints one JSON object a line "
        "([JSON](json.md)).",
        "## Exit codes",
        _exit_codes(root.epilog or ""),
    ]
    for path, command in _leaves(root, "syncd"):
        blocks += _command(path, command)
    return markdown.page("Commands", *blocks)


def _leaves(group: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Give the commands that do something, each with its whole name."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _leaves(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def _exit_codes(epilog: str) -> str:
    lines = (line.strip().split(maxsplit=1) for line in epilog.splitlines())
    return markdown.table(("code", "means"), (line for line in lines if line and line[0].isdigit()))


def _command(path: str, command: Any) -> Iterator[str]:
    arguments = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    options = [parameter for parameter in command.params if parameter.param_type_name == "option"]
    yield f"## {' '.join([path, *map(_usage, arguments)])}"
    yield from map(_paragraph, inspect.cleandoc(command.help or "").split("\n\n"))
    rows = [(code(_name(argument)), argument.help or "", "") for argument in arguments]
    rows += [_option(option) for option in options if option.name not in _EVERYWHERE]
    if rows:
        yield markdown.table(("argument or option", "what it is", "default"), rows)
    if any(option.name == "json" for option in options):
        yield "Also `--json`."
    examples = [line.strip() for line in (command.epilog or "").splitlines() if line.startswith("  ")]
    if examples:
        yield markdown.block("\n".join(examples), "sh")


def _paragraph(text: str) -> str:
    """Return a paragraph of a help text; one that begins with a backspace keeps its lines."""
    return markdown.block(text.removeprefix("\b\n")) if text.startswith("\b") else text


def _name(argument: Any) -> str:
    return str(argument.metavar or argument.name)


def _usage(argument: Any) -> str:
    name = _name(argument) + ("…" if argument.nargs != 1 else "")
    return name if argument.required else f"[{name}]"


def _option(option: Any) -> tuple[str, str, str]:
    names = ", ".join(code(f"{name} {option.metavar}" if option.metavar else name) for name in option.opts)
    default = option.show_default if isinstance(option.show_default, str) else _plain(option.default)
    return names, option.help or "", default


def _plain(default: object) -> str:
    return "" if default in (None, False, "", ()) else str(default)
