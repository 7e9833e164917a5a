"""What every table of the settings has in common."""

from pydantic import BaseModel, ConfigDict


class Table(BaseModel):
    """A table of the file: nothing unknown in it, nothing changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
