"""The commented file that `syncd init` writes."""

import re
import tomllib

from syncd.config.catalogue import settings
from syncd.config.loading import resolve
from syncd.config.template import template


def switched_on() -> str:
    return re.sub(r"^#(?=\S)", "", template(), flags=re.MULTILINE)


def test_the_template_as_it_stands_changes_nothing() -> None:
    """`syncd init` is safe on a home that ran on defaults."""
    assert {"default"} == set(resolve(tomllib.loads(template()), {}, "").origins.values())


def test_every_line_switched_on_gives_the_defaults() -> None:
    """What the file says is the default is the default."""
    loaded = resolve(tomllib.loads(switched_on()), {}, "")
    assert {path: setting.default for path, setting in settings().items()} == dict(loaded.shown())


def test_the_template_holds_every_setting() -> None:
    """A setting that is not in it is not found."""
    assert {"file"} == set(resolve(tomllib.loads(switched_on()), {}, "").origins.values())


def test_every_example_is_a_value_that_works() -> None:
    """Examples are copied."""
    for path, setting in settings().items():
        for example in setting.examples:
            tables: object = example
            for name in reversed(path.split(".")):
                tables = {name: tables}
            assert "file" == resolve(tables, {}, "").origins[path]  # type: ignore[arg-type]


def test_remarks_fit_a_terminal() -> None:
    """People read the file in an editor over SSH."""
    assert [] == [line for line in template().splitlines() if line.startswith("# ") and len(line) > 100]
