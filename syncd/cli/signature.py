"""Options that belong together, declared once as a dataclass and used by many commands.

Typer reads the parameters of a function. Here a parameter may be a dataclass whose fields are
annotated as Typer wants them: each field becomes an option, and the function gets the whole.
"""

import dataclasses
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any, get_type_hints

import typer

from syncd.cli.outcome import guarded


def command(function: Callable[..., int | None]) -> Callable[..., None]:
    """Return the function as Typer can use it; what it returns is the exit code, and errors become sentences."""
    hints = get_type_hints(function, include_extras=True)
    hints.pop("return", None)
    whole = {name: hint for name, hint in hints.items() if isinstance(hint, type) and dataclasses.is_dataclass(hint)}

    @functools.wraps(function)
    def call(**given: Any) -> None:
        for name, group in whole.items():
            given[name] = group(**{field.name: given.pop(field.name) for field in dataclasses.fields(group)})
        raise typer.Exit(guarded(functools.partial(function, **given)))

    parameters = list(_parameters(inspect.signature(function), hints))
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return call


def _parameters(signature: inspect.Signature, hints: dict[str, Any]) -> Iterator[inspect.Parameter]:
    for name, parameter in signature.parameters.items():
        hint = hints[name]
        if not dataclasses.is_dataclass(hint):
            yield parameter.replace(annotation=hint, kind=inspect.Parameter.KEYWORD_ONLY)
            continue
        annotations = get_type_hints(hint, include_extras=True)
        for field in dataclasses.fields(hint):
            yield inspect.Parameter(
                field.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=field.default if field.default is not dataclasses.MISSING else inspect.Parameter.empty,
                annotation=annotations[field.name],
            )
