"""[log] and [keep]."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from syncd.config.loading import resolve
from syncd.config.models import Settings
from syncd.config.running import Keep
from syncd.core.errors import UsageError
from syncd.core.retention import Keeping


def test_without_a_word_files_go_sooner_than_reports() -> None:
    """Files may hold passwords; reports and history answer questions about the last change of year."""
    days = timedelta(days=1)
    files, told = 120 * days, 400 * days
    expected = Keeping(archives=files, trybacks=files, reports=told, history=told, letters=60 * days)
    assert expected == Settings().keep.keeping()


def test_none_is_for_ever() -> None:
    """TOML has no word for it."""
    assert Keeping() == Keep.model_validate(dict.fromkeys(Keep.model_fields, "none")).keeping()


@pytest.mark.parametrize("value", ["0d", "23h", 3600, "soon", True, -1])
def test_less_than_a_day_is_refused(value: object) -> None:
    """A slip of the pen must not empty the archives."""
    with pytest.raises(ValidationError, match='"none" to keep for ever'):
        Keep.model_validate({"archives": value})


def test_the_log_has_its_settings() -> None:
    """They can be set for one start by the environment."""
    loaded = resolve({"log": {"format": "text"}}, {"SYNCD_LOG_LEVEL": "debug"}, "")
    assert ("debug", "text") == (loaded.settings.log.level, loaded.settings.log.format)
    with pytest.raises(UsageError, match="it takes 'auto', 'text' or 'json'"):
        resolve({"log": {"format": "xml"}}, {}, "")
