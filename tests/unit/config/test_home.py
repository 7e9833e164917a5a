"""Where things are in a home."""

from pathlib import Path

from syncd.config.home import Home


def test_the_home_has_the_places_of_the_contract() -> None:
    """Operators, senders and backups rely on these names."""
    home = Home(Path("/srv/h"))
    places = (home.config_file, home.sync, home.reports, home.archives, home.state, home.database, home.work)
    assert (
        "/srv/h/config/syncd.toml",
        "/srv/h/sync",
        "/srv/h/reports",
        "/srv/h/archives",
        "/srv/h/state",
        "/srv/h/state/syncd.db",
        "/srv/h/state/work",
    ) == tuple(map(str, places))
