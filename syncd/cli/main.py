"""The command `syncd`: the tree of its commands, each with its examples."""

import io
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

import syncd
from syncd.cli.commands import config, feeds, files, history, home, keeping, mail, roster, sftp, status, undo
from syncd.cli.form import Command, ListUnlessNamed
from syncd.cli.options import HomeOption, JsonOption
from syncd.cli.signature import command

_EXAMPLES = {
    "init": ("syncd init", "syncd init --home /srv/syncd"),
    "daemon": ("syncd daemon", "SYNCD_HOME=/srv/syncd syncd daemon"),
    "sync": (
        "syncd sync",
        "syncd sync --feed users",
        "syncd sync userimport.csv --dry-run",
        "syncd sync people.csv --object users --option encoding=cp1252",
        "syncd sync --json | jq .rows.failed",
    ),
    "check": ("syncd check userimport.csv", "syncd check people.csv --object users --json"),
    "approve": ("syncd approve 2041 --reason 'year change, as announced'",),
    "reject": ("syncd reject 2041 --by ada --reason 'the file was cut short'",),
    "undo": ("syncd undo 2041 --dry-run", "syncd undo 2041 --by ada --reason 'the wrong file'"),
    "requeue": ("syncd requeue reports/userimport_tryback_20261121-183005.csv", "syncd requeue 2041"),
    "status": ("syncd status", "syncd status --json | jq .verdict"),
    "prune": ("syncd prune --dry-run", "syncd prune"),
    "backup": ("syncd backup /backup/syncd-$(date +%F).tar", "syncd backup whole.tar --with-files"),
    "runs": ("syncd runs", "syncd runs list --state held", "syncd runs show 2041"),
    "runs list": ("syncd runs", "syncd runs list --state held --limit 10", "syncd runs --json"),
    "runs show": ("syncd runs show 2041", "syncd runs show 2041 --json | jq '.findings[]'"),
    "roster": ("syncd roster list user", "syncd roster show user ada"),
    "roster list": ("syncd roster list course", "syncd roster list user --deleted --json"),
    "roster show": ("syncd roster show user ada", "syncd roster show course MATH1 --json"),
    "roster why": ("syncd roster why user ada", "syncd roster why enrolment ada/MATH1/manual/student --json"),
    "audit": ("syncd audit", "syncd audit --run 2041", "syncd audit --json --limit 1000 | jq .who"),
    "feed": ("syncd feed describe users",),
    "feed describe": ("syncd feed describe users", "syncd feed describe enrolments --json"),
    "pull": ("syncd pull", "syncd pull hr --json"),
    "sftp": ("syncd sftp fingerprint",),
    "sftp password": ("syncd sftp password", "pwgen 24 1 | syncd sftp password"),
    "sftp fingerprint": ("syncd sftp fingerprint",),
    "mail": ("syncd mail test", "syncd mail list"),
    "mail list": ("syncd mail list", "syncd mail list --json | jq .reason"),
    "mail retry": ("syncd mail retry", "syncd mail retry 3fa81c02 --to it@school.example"),
    "mail drop": ("syncd mail drop 3fa81c02", "syncd mail drop --all"),
    "mail test": ("syncd mail test", "syncd mail test --to me@school.example"),
    "config": ("syncd config check", "syncd config show"),
    "config check": ("syncd config check",),
    "config show": ("syncd config show", "SYNCD_DROP_QUIET=10s syncd config show --json"),
}
_EXIT_CODES = """\b
Exit codes:
  0  done, nothing failed
  1  done, some rows or files failed
  2  wrong usage or configuration
  3  a run is held for approval, or was aborted by a limit
  5  sync/ or the home is locked; nothing was taken"""


_GROUPS: Mapping[str, tuple[str, type[TyperGroup]]] = {
    "runs": ("Look at the runs that were.", ListUnlessNamed),
    "roster": ("Look at the records of the roster.", TyperGroup),
    "feed": ("Look at the kinds of files.", TyperGroup),
    "mail": ("Try the mail, and see to letters that did not arrive.", TyperGroup),
    "sftp": ("Prepare the SFTP server, which the daemon runs.", TyperGroup),
    "config": ("Look at the settings.", TyperGroup),
}
_COMMANDS: Mapping[str, Callable[..., int | None]] = {
    "init": home.init,
    "daemon": home.daemon,
    "sync": files.sync,
    "check": files.check,
    "status": status.status,
    "prune": keeping.prune,
    "backup": keeping.backup,
    "approve": history.approve,
    "reject": history.reject,
    "undo": undo.undo,
    "requeue": files.requeue,
    "runs list": history.list_runs,
    "runs show": history.show_run,
    "roster list": roster.list_records,
    "roster show": roster.show_record,
    "roster why": roster.why_record,
    "audit": undo.audit,
    "feed describe": feeds.describe,
    "mail test": mail.send_test,
    "mail list": mail.list_letters,
    "mail retry": mail.retry,
    "mail drop": mail.drop,
    "pull": sftp.pull,
    "sftp password": sftp.make_hash,
    "sftp fingerprint": sftp.show_fingerprint,
    "config check": config.check_config,
    "config show": config.show_config,
}


def tree() -> typer.Typer:
    """Return the commands as one tree."""
    root = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True)
    root.callback(epilog=_EXIT_CODES)(_root)
    groups = {"": root}
    for name, (about, kind) in _GROUPS.items():
        groups[name] = typer.Typer(rich_markup_mode=None, cls=kind, no_args_is_help=kind is TyperGroup)
        groups[name].callback(help=about, epilog=_examples(name))(_hold_for_subcommand)
        root.add_typer(groups[name], name=name)
    for path, function in _COMMANDS.items():
        group, _, name = path.rpartition(" ")
        groups[group].command(name, cls=Command, epilog=_examples(path))(command(function))
    return root


def main() -> None:
    """Run the command line and exit with its code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    tree()(prog_name="syncd")


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - as Typer calls it
    if wanted:
        typer.echo(syncd.__version__)
        raise typer.Exit


def _root(
    home: HomeOption = Path(),
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Keep learning platforms in step with the files that a student information system drops."""


def _hold_for_subcommand(home: HomeOption = Path(), *, json: JsonOption = False) -> None:
    """Take the options that were given before the subcommand; they hold for it."""


def _examples(path: str) -> str:
    return "\n".join(["\b\nExamples:", *(f"  {example}" for example in _EXAMPLES[path])])
