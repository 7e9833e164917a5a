"""How large a piece of the product may be, so that each can be read at one sitting."""

import ast
from collections.abc import Iterator
from pathlib import Path

import syncd

SOURCE = Path(syncd.__file__).parent
MODULE, FUNCTION = 300, 40


def _too_large(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    lines = text.count("\n")
    if lines > MODULE:
        yield f"{path.relative_to(SOURCE)}: {lines} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION:
                yield f"{path.relative_to(SOURCE)}: {node.name}() has {lines} lines"


def test_no_module_and_no_function_is_too_large():
    """What passes a budget is split by meaning, not made room for."""
    sources = sorted(SOURCE.rglob("*.py"))
    assert len(sources) > 100
    assert [] == [found for path in sources for found in _too_large(path)]
