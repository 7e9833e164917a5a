"""Options that several commands share."""

import getpass
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from syncd.core.errors import UsageError

_Value = TypeVar("_Value")


def _given_above(context: typer.Context, parameter: typer.CallbackParam, value: _Value) -> _Value:
    """Let an option before a subcommand hold for it: `syncd --home DIR runs` and `syncd runs --home DIR`."""
    key = f"syncd.{parameter.name}"
    source = context.get_parameter_source(str(parameter.name))
    if source and source.name == "COMMANDLINE":
        context.meta[key] = value
    inherited: _Value = context.meta.get(key, value)
    return inherited


HomeOption = Annotated[
    Path,
    typer.Option(
        "--home",
        envvar="SYNCD_HOME",
        metavar="DIR",
        show_default="the current folder",
        callback=_given_above,
        help="The home folder.",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", callback=_given_above, help="Print one JSON object a line, for scripts.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Which home a command looks at, and who reads the answer."""

    home: HomeOption = Path()
    json: JsonOption = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What is said of files at the command line instead of being found out."""

    dialect: Annotated[
        str, typer.Option(metavar="D", help="The dialect in which the files are written; else found by their header.")
    ] = ""
    object: Annotated[
        str, typer.Option(metavar="O", help="What the files hold, such as users; else found by name and header.")
    ] = ""
    operation: Annotated[
        str, typer.Option(metavar="OP", help="What the files ask for as a whole; else the usual of their dialect.")
    ] = ""
    data_source: Annotated[
        str, typer.Option(metavar="K", help="The data source that supplies the files; else the configured one.")
    ] = ""
    option: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="An option of the dialect, such as force_update=no. May be repeated."),
    ] = None

    @property
    def is_silent(self) -> bool:
        """True where nothing was said."""
        return not (self.dialect or self.object or self.operation or self.data_source or self.option)

    def told(self) -> Any:
        """Return it as `app` takes it.

        Raises:
            UsageError: an option is not NAME=VALUE, or is given twice.
        """
        from syncd.app import Told

        return Told(
            dialect=self.dialect,
            object=self.object,
            operation=self.operation,
            data_source=self.data_source,
            options=_pairs(self.option or ()),
            by=login_name(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Who decides, and why."""

    by: Annotated[str, typer.Option(metavar="NAME", show_default="your login name", help="Who decides.")] = ""
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it is kept with the run.")] = ""

    @property
    def name(self) -> str:
        """Who decides: the given name, else the login name."""
        return self.by or login_name()


def login_name() -> str:
    """Return the name of the person at the keyboard."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _pairs(texts: Iterable[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name:
            raise UsageError(f"--option takes NAME=VALUE, not '{text}'; write for example --option force_update=no")
        if name in pairs:
            raise UsageError(f"--option {name} is given twice; give the value that is meant")
        pairs[name] = value
    return pairs
