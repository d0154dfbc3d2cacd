"""Reads the tree and holds it to the house rules that a linter does not know."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "extproc"
SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if "_pb" not in path.parts)

FILE_LINES_MAX = 400
LISTS = {PACKAGE / "limits.py"}  # every bound of the product in one place: it is looked up, not read
FUNCTION_LINES_MAX = 60

# Room → rooms it may import from (itself and the modules at the top of the package are free).
IMPORTS: dict[str, set[str]] = {
    "providers": {"dialects"},
    "llm": set(),
    "dialects": {"llm"},
    "config": {"providers", "dialects"},
    "routing": {"config", "providers", "dialects"},
    "rewrite": {"config", "providers", "dialects", "routing"},
    "translation": {"dialects", "llm", "providers"},
    "tokens": {"dialects", "llm"},
    "outbound": set(),
    "embedding": {"_pb"},
    "sessions": {"config", "llm", "prices", "routers"},
    "prices": {"config", "providers"},
    "signals": {"llm"},
    "routers": {
        *("config", "dialects", "embedding", "llm", "outbound", "providers", "rewrite", "routing"),
        "translation",
    },
    "conversations": {"dialects", "providers"},
    "agents": {"config", "dialects", "llm", "outbound", "routers", "sessions", "translation"},
    "exchange": {
        *(
            "_pb",
            "agents",
            "config",
            "conversations",
            "dialects",
            "llm",
            "outbound",
            "prices",
            "rewrite",
            "routers",
        ),
        *("routing", "sessions", "tokens", "translation"),
    },
    "serving": {
        *("config", "conversations", "embedding", "exchange", "outbound", "prices", "routers", "routing"),
        *("sessions", "stateclient", "supervise"),
    },
    "supervise": set(),
    "state": {"_pb", "config", "llm"},
    "stateclient": {"_pb", "conversations", "exchange", "sessions"},
    "bootstrap": {"config", "providers", "dialects"},
    "ctl": {
        *("bootstrap", "config", "dialects", "embedding", "exchange", "llm", "outbound", "prices"),
        *("providers", "routers", "routing", "serving", "signals", "state", "supervise"),
    },
    "testing": {
        *("_pb", "bootstrap", "config", "dialects", "exchange", "llm", "providers", "rewrite", "routing"),
        *("serving", "translation"),
    },
}
TOP_LEVEL = {"errors", "headers", "limits", "__init__"}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported_rooms(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for imported in names:
            parts = imported.split(".")
            if parts[0] == "extproc" and len(parts) > 1:
                yield parts[1]


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_file_says_what_it_is_for_and_stays_small(path: Path) -> None:
    """Someone new reads the first line to know whether to read on."""
    text = path.read_text()
    tree = ast.parse(text)
    long = {
        node.name: node.end_lineno - node.lineno + 1
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= FUNCTION_LINES_MAX
    }

    assert not text or ast.get_docstring(tree)
    assert text.count("\n") <= FILE_LINES_MAX or path in LISTS
    assert {} == long


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_imports_go_in_one_direction(path: Path) -> None:
    """The way of the data is straight: no room reaches back."""
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if room in TOP_LEVEL:
        return
    allowed = IMPORTS[room] | {room} | TOP_LEVEL | {"__version__"}

    assert set() == set(imported_rooms(path)) - allowed


def test_the_exchange_needs_neither_grpc_nor_what_is_slow_to_import() -> None:
    """It can be driven by any transport, and the request path has no pydantic and no betterproto in it."""
    heavy = "('grpc', 'pydantic', 'betterproto2', 'yaml', 'typer', 'rich', 'httpx')"
    program = f"import sys, extproc.exchange.pipeline; print([m for m in {heavy} if m in sys.modules])"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "[]" == done.stdout.strip()


def test_the_folder_of_envoys_configuration_holds_no_python() -> None:
    """A package called `envoy` here would hide the one of the Envoy wheel."""
    assert [] == list((ROOT / "envoy").rglob("*.py"))


def test_every_package_is_typed_for_its_users() -> None:
    """PEP 561."""
    assert (PACKAGE / "py.typed").exists()
