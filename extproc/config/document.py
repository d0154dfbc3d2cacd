"""YAML to plain values, with the line of every key.

The tree is walked by hand over PyYAML's nodes, for four reasons: lines are kept; a key that stands twice is
an error (PyYAML takes the last one in silence); keys are always text (an alias may be called ``on`` or
``4``); and an anchor cannot blow the document up, because nodes are counted as they are expanded.
"""

from collections.abc import Iterator
from typing import Any, Final

import yaml
from yaml.constructor import SafeConstructor

from extproc.config.problems import ConfigError, KeyPath, Problem, Report
from extproc.limits import CONFIG_DEPTH_MAX, CONFIG_NODES_MAX

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_TAG: Final = "tag:yaml.org,2002:"
_MERGE: Final = f"{_TAG}merge"
_COLLECTIONS: Final = (f"{_TAG}map", f"{_TAG}seq")
_NO_TAGS: Final = "only plain YAML values are read, no tags such as !custom or !!binary"


def parse(text: str, report: Report) -> dict[str, Any]:
    """The document's top level, a mapping; lines and recoverable problems go to `report`.

    Raises `ConfigError` where the text is not YAML, is empty, or its top level is not a mapping.
    """
    node = _compose(text, report.file)
    if node is None:
        hint = "`planoctl init` writes one to start from"
        raise ConfigError(report.file, [Problem("", "is empty", hint=hint, file=report.file)])
    if not isinstance(node, yaml.MappingNode):
        problem = Problem("", "the top level must be a mapping (key: value lines)", 1, file=report.file)
        raise ConfigError(report.file, [problem])
    try:
        value = _Tree(report).value(node, ())
    except _UnusableError as fault:
        mark = fault.node.start_mark
        problem = Problem("", str(fault), mark.line + 1, column=mark.column + 1, file=report.file)
        raise ConfigError(report.file, [problem]) from None
    assert isinstance(value, dict)
    return value


def _compose(text: str, file: str) -> yaml.Node | None:
    try:
        loader = _Loader(text)
        try:
            node: yaml.Node | None = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        raise ConfigError(file, [_syntax_problem(error, text, file)]) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        problem = Problem("", "holds a control character, which YAML forbids", line, file=file)
        raise ConfigError(file, [problem]) from None
    except RecursionError:
        raise ConfigError(file, [Problem("", "is nested too deeply", file=file)]) from None
    return node


def _syntax_problem(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    """PyYAML's words without its excerpt of the file, which may show a secret."""
    mark = error.problem_mark or error.context_mark
    message = f"is not valid YAML: {error.problem or error.context or 'unreadable'}"
    if mark is None:
        return Problem("", message, file=file)
    at_fault = "".join(text.splitlines()[mark.line : mark.line + 1])[: mark.column + 1]
    hint = "indent with spaces, not tabs" if at_fault.endswith("\t") or "tab" in message else None
    return Problem("", message, mark.line + 1, hint, mark.column + 1, file)


class _UnusableError(Exception):
    """A fault that leaves nothing to go on with."""

    def __init__(self, node: yaml.Node, message: str) -> None:
        super().__init__(message)
        self.node = node


class _Tree:
    """Nodes to values; counts them, and notes lines and double keys."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._count = 0
        self._open: set[int] = set()

    def value(self, node: yaml.Node, path: KeyPath) -> Any:
        """What a node stands for, all the way down."""
        self._enter(node)
        if isinstance(node, yaml.CollectionNode) and node.tag not in _COLLECTIONS:
            raise _UnusableError(node, _NO_TAGS)
        if len(path) > CONFIG_DEPTH_MAX:
            raise _UnusableError(node, f"is nested deeper than {CONFIG_DEPTH_MAX} levels")
        if isinstance(node, yaml.MappingNode):
            value: Any = self._mapping(node, path)
        elif isinstance(node, yaml.SequenceNode):
            value = [self._item(item, (*path, index)) for index, item in enumerate(node.value)]
        else:
            value = _scalar(node)
        self._open.discard(id(node))
        return value

    def _enter(self, node: yaml.Node) -> None:
        self._count += 1
        if self._count > CONFIG_NODES_MAX:
            raise _UnusableError(node, f"more than {CONFIG_NODES_MAX} values once anchors are expanded")
        if id(node) in self._open:
            raise _UnusableError(node, "an anchor contains itself")
        if isinstance(node, yaml.CollectionNode):
            self._open.add(id(node))

    def _item(self, node: yaml.Node, path: KeyPath) -> Any:
        self._report.lines[path] = node.start_mark.line + 1
        return self.value(node, path)

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        """A mapping; the first of two equal keys counts, those of ``<<`` (a merge) count last."""
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE:
                continue
            here = (*path, _key(key_node))
            line = key_node.start_mark.line + 1
            if here[-1] in values:
                first = self._report.lines[here]
                self._report.error(here, f"stands twice, in line {first} and in line {line}", "keep one")
                continue
            self._report.lines[here] = line
            values[_key(key_node)] = self.value(value_node, here)
        for key_node, value_node in self._merged(node):
            if _key(key_node) not in values:
                self._report.lines[*path, _key(key_node)] = key_node.start_mark.line + 1
                values[_key(key_node)] = self.value(value_node, (*path, _key(key_node)))
        return values

    def _merged(self, node: yaml.MappingNode) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        """The pairs that ``<<: *anchor`` or ``<<: [*one, *two]`` bring in, nearest first."""
        for key_node, source in node.value:
            if key_node.tag != _MERGE:
                continue
            for mapping in source.value if isinstance(source, yaml.SequenceNode) else [source]:
                if not isinstance(mapping, yaml.MappingNode):
                    raise _UnusableError(mapping, "<< needs a mapping or a list of mappings")
                self._enter(mapping)
                yield from (pair for pair in mapping.value if pair[0].tag != _MERGE)
                yield from self._merged(mapping)
                self._open.discard(id(mapping))


def _key(node: yaml.Node) -> str:
    """A key as it is written, whatever YAML would make of it."""
    if not isinstance(node, yaml.ScalarNode):
        raise _UnusableError(node, "a key must be text")
    return str(node.value)


def _scalar(node: yaml.Node) -> Any:
    """Text, number, boolean or null (YAML 1.1). Dates stay text: no key of a config takes one."""
    match node.tag.removeprefix(_TAG):
        case "str" | "timestamp" | "value":
            return node.value
        case "null":
            return None
        case "bool" | "int" | "float" as kind:
            return _number(node, kind)
    raise _UnusableError(node, _NO_TAGS)


def _number(node: yaml.Node, kind: str) -> Any:
    """A boolean or number. ``12:30``, a number to base 60 in YAML 1.1, is the text it looks like."""
    if ":" in node.value:
        return node.value
    try:
        return getattr(SafeConstructor(), f"construct_yaml_{kind}")(node)
    except (ValueError, KeyError, OverflowError):
        raise _UnusableError(node, f"is not a value of the type {kind}") from None
