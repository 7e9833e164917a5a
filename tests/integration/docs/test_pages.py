"""What the documentation says can be done, can be done: its links, commands and settings are held against the code."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

from syncd.cli.main import tree
from syncd.config.catalogue import FEED, children, listed, settings
from syncd.config.loading import resolve
from syncd.dialects.moodle.options import MoodleOptions
from syncd.formats.options import settable

ROOT = Path(__file__).parents[3]
LINK = re.compile(r"\]\(([^)\s]+)\)")
STANDS_FOR = {"ID": "1", "RUN": "1", "KIND": "user", "N": "1", "STATE": "held"}
BEFORE = re.compile(r"[A-Z_]+=\S*|sudo|-u|exec|[0-9*]+|syncd(?=-user)")
PROGRAM = re.compile(r"(?:\S*/)?syncd")


def _command_lines(text: str) -> list[str]:
    """Return the commands `syncd …` of a block for the shell, without what stands before the program's name."""
    found = []
    for line in text.replace("\\\n", " ").splitlines():
        command = line.removeprefix("$ ")
        command = command if "'" in command else command.split("#")[0]
        for part in re.split(r"[|;&]+|\$\(|\)", command):
            words = part.split()
            while words and BEFORE.fullmatch(words[0]):
                words.pop(0)
            if words and PROGRAM.fullmatch(words[0]):
                found.append(" ".join(["syncd", *words[1:]]))
    return found


def _parse(words: list[str]) -> None:
    """Parse a command line as the program does, without doing anything; files that it names are made."""
    for word in words:
        if re.fullmatch(r"[\w*.-]+(/[\w*.-]+)*\.(csv|txt|zip)", word):
            Path(word).parent.mkdir(parents=True, exist_ok=True)
            Path(word).touch()
    command = get_command(tree())
    context = command.make_context("syncd", words)
    while hasattr(command, "commands"):
        name, command, words = command.resolve_command(context, [*context._protected_args, *context.args])
        context = command.make_context(name, words, parent=context)


def test_every_link_leads_somewhere(page, pages):
    """A page that is not there is worse than no link."""
    lost = []
    anchors = {other.path: other.anchors() for other in pages}
    for target in LINK.findall(page.prose):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        path = (page.path.parent / file).resolve() if file else page.path
        if not path.exists() or (anchor and anchor not in anchors.get(path, {anchor})):
            lost.append(target)
    assert [] == lost


def test_every_page_is_reached_from_the_index(pages):
    """What nobody links to, nobody reads."""
    by_path = {page.path: page for page in pages}
    reached, waiting = set(), [ROOT / "docs" / "README.md"]
    while waiting:
        path = waiting.pop()
        if path in reached or path not in by_path:
            continue
        reached.add(path)
        targets = (target.partition("#")[0] for target in LINK.findall(by_path[path].prose))
        waiting += [(path.parent / target).resolve() for target in targets if target and ":" not in target]
    here = ROOT / "docs"
    assert set() == {page.name for page in pages if page.path.is_relative_to(here) and page.path not in reached}


def test_every_command_in_a_block_is_understood(page, tmp_path, monkeypatch):
    """Whoever copies a line must not be told that there is no such option."""
    monkeypatch.chdir(tmp_path)
    wrong = {}
    for line in [line for block in page.blocks("sh", "console") for line in _command_lines(block)]:
        words = [STANDS_FOR.get(word, word) for word in shlex.split(re.split(r"\s[<>]", line)[0])[1:]]
        try:
            _parse([word for word in words if word != "--help"] or ["status"])
        except Exception as error:  # noqa: BLE001 - of whatever kind, it is told with its line
            wrong[line] = str(error)
    assert {} == wrong


def test_every_command_within_a_sentence_exists(page):
    """Sentences leave arguments out, but commands and options must be there."""
    wrong = []
    for text in page.code():
        if not re.match(r"(?:[A-Z_]+=\S+ )?syncd( |$)", text):
            continue
        words = text[text.index("syncd") :].split()[1:]
        command = get_command(tree())
        while words and hasattr(command, "commands") and words[0] in command.commands:
            command = command.commands[words.pop(0)]
        options = {name for parameter in command.params for name in parameter.opts} | {"--help", "--version"}
        words = [word for word in words if word != "COMMAND"]
        left = [word for word in words if word.startswith("--") and word.partition("=")[0] not in options]
        if left or (hasattr(command, "commands") and words and not words[0].startswith("-")):
            wrong.append(text)
    assert [] == wrong


def test_every_setting_that_is_named_exists(page):
    """Settings are named by their path, as `syncd config show` prints them."""
    known = {*settings(), *(path for each in listed().values() for path in each)}
    known |= {path.rsplit(".", depth)[0] for path in known for depth in (1, 2)}
    tables = {*children(""), FEED}
    named = [text.split(" = ")[0] for text in page.code() if re.fullmatch(r"[a-z_]+(\.[a-z_]+)+( = .+)?", text)]
    files = (".csv", ".txt", ".toml", ".md", ".py", ".sh", ".db", ".zip", ".json", ".service", ".gz", ".lock")
    assert [] == [n for n in named if n.partition(".")[0] in tables and not n.endswith(files) and n not in known]
    assert [] == [t for t in page.code() if re.fullmatch(r"\[+[a-z_]+\]+", t) and t.strip("[]") not in tables]


def test_every_example_of_settings_is_in_order(page):
    """A block of TOML must do as it stands."""
    for block in page.blocks("toml"):
        assert resolve(tomllib.loads(block), {}, page.name)


def test_every_option_of_a_dialect_that_is_named_exists(page):
    """The same for what stands behind --option."""
    found = re.findall(r"--option ([a-z_]+)=", page.text)
    assert [] == [name for name in found if name not in settable(MoodleOptions)]


def test_every_target_of_make_exists(page):
    """Contributors begin there."""
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    blocks = "\n".join(page.blocks("sh", "console"))
    used = re.findall(r"(?:^|\n)(?:\$ )?make ([a-z]+)", blocks) + re.findall(r"`make ([a-z]+)`", page.text)
    assert [] == [target for target in used if target not in targets]


@pytest.mark.parametrize("name", ["send.sh", "Send-Files.ps1"])
def test_files_that_come_with_the_project_are_told_of(pages, name):
    """A script that no page names is found by nobody."""
    assert any(name in page.text for page in pages if "how-to" in page.name)
