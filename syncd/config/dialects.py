"""The options of dialects as settings, made from what each declares: `[moodle]`, and the `options` of a feed."""

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

from pydantic import Field, ValidationInfo, create_model, field_validator

from syncd.config.table import Table
from syncd.dialects.registry import DIALECTS
from syncd.formats.options import Options, settable

FIRST = next(iter(DIALECTS))
"""The dialect of feeds that name none."""


class OptionsTable(Table):
    """The options of a dialect. Names, defaults and what a value may be are the dialect's own."""

    of: ClassVar[type[Options]] = Options

    @field_validator("*", mode="before")
    @classmethod
    def _read(cls, value: object, info: ValidationInfo) -> object:
        """Let the dialect read the value, as it reads it at the command line; "" leaves it to the dialect."""
        name = str(info.field_name)
        if value == "" == cls.model_fields[name].default:
            return value
        try:
            return settable(cls.of)[name].parse(_text(value))
        except ValueError as error:
            raise ValueError(f"it takes {error}") from None

    def as_text(self) -> Mapping[str, str]:
        """Return the options that are set, as `--option` takes them; the others are the dialect's to decide."""
        values = {name: _text(getattr(self, name)) for name in type(self).model_fields if name in self.model_fields_set}
        return {name: value for name, value in values.items() if value}


@cache
def options_table(dialect: str) -> type[OptionsTable]:
    """Return the table of the options of a dialect."""
    model = DIALECTS[dialect].options
    default = model()
    fields: dict[str, Any] = {
        name: (
            type(getattr(default, name)),
            Field(default=getattr(default, name), description=option.about, examples=list(option.examples)),
        )
        for name, option in settable(model).items()
    }
    about = (
        f"How files of the dialect {dialect} are read.\n\n"
        "The same names stand behind `--option NAME=VALUE`, which holds for one delivery."
    )
    table = create_model(f"{dialect.title()}Options", __base__=OptionsTable, __doc__=about, **fields)
    table.of = model
    return table


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
