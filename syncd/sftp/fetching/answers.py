"""What a server answers, read as what anybody may have written."""

from collections.abc import Mapping

from paramiko.ssh_exception import SSHException

from syncd.sftp.dropbox.refusal import Status
from syncd.sftp.packets import Fields, Kind

_WORDS = 200
"""Characters of a server's sentence that are shown."""


class DeniedError(Exception):
    """The server answers that it does not do it; the connection is as good as before."""


class MissingError(DeniedError):
    """There is no such file."""


class EndError(DeniedError):
    """There is no more."""


class NonsenseError(SSHException):
    """What the server says makes no sense; nothing more can be made of the connection."""

    def __init__(self, words: str = "it answers what was not asked") -> None:
        super().__init__(words)


_ERRORS: Mapping[int, type[DeniedError]] = {Status.AT_END: EndError, Status.MISSING: MissingError}


def fields_of(kind: int, wanted: Kind, answer: Fields) -> Fields:
    """Return the fields of an answer, if it is of the kind that was wanted.

    Raises:
        DeniedError: it is a refusal.
        NonsenseError: it is anything else.
    """
    if kind == Kind.STATUS and (code := answer.number()) != Status.DONE:
        # Servers of old leave the sentence away; others write it in the encoding of their country.
        words = "" if answer.is_over else answer.string().decode("utf-8", "replace")
        words = words[:_WORDS] + "…" * (len(words) > _WORDS)
        raise _ERRORS.get(code, DeniedError)(words.strip() or f"it does not say why (status {code})")
    if kind != wanted:
        raise NonsenseError
    return answer
