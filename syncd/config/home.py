"""The home: the folder that holds everything of one syncd."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Home:
    """Where things are in a home. Nothing is looked up or made here."""

    path: Path

    @property
    def config_file(self) -> Path:
        """The settings."""
        return self.path / "config" / "syncd.toml"

    @property
    def sync(self) -> Path:
        """Where the sender drops its files."""
        return self.path / "sync"

    @property
    def reports(self) -> Path:
        """Reports and trybacks."""
        return self.path / "reports"

    @property
    def archives(self) -> Path:
        """Every file that was taken, with its bytes unchanged."""
        return self.path / "archives"

    @property
    def state(self) -> Path:
        """What syncd needs to go on after a restart; nobody else's business."""
        return self.path / "state"

    @property
    def work(self) -> Path:
        """A workroom for every run that is not over."""
        return self.state / "work"

    @property
    def pictures(self) -> Path:
        """The bytes of user pictures, by their content."""
        return self.state / "pictures"

    @property
    def database(self) -> Path:
        """The roster, where it is SQLite and no other place is set."""
        return self.state / "syncd.db"
