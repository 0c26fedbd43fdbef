"""Makes one Python file of several: all imports, sorted, then all classes, then all functions."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

_LONGEST_LINE = 88  # what ruff and black take by themselves
_Import = tuple[str, str]  # a module, and a name of it; empty for the module itself


def merge(sources: Sequence[str], docstring: str, *, own: str) -> str:
    """Merge files that have a docstring, imports, classes and functions, and nothing else.

    Args:
        own: The package that the file belongs to; what is imported of it stands last.
    """
    trees = [ast.parse(source) for source in sources]
    imports = {each for tree in trees for each in _imports(tree)}
    parts = [f'"""{docstring}"""', *_import_blocks(imports, own)]
    bodies = [
        _text(source, node)
        for kind in (ast.ClassDef, ast.FunctionDef)
        for source, tree in zip(sources, trees, strict=True)
        for node in tree.body
        if isinstance(node, kind)
    ]
    return "\n\n\n".join(["\n\n".join(parts), *bodies]) + "\n"


def _imports(tree: ast.Module) -> Iterator[_Import]:
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from ((_with_alias(alias), "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from ((module, _with_alias(alias)) for alias in node.names)


def _with_alias(alias: ast.alias) -> str:
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name


def _import_blocks(imports: Iterable[_Import], own: str) -> Iterator[str]:
    """Yield the imports in the sections that isort knows: future, standard, others', own, relative."""
    names: dict[str, set[str]] = {}
    for module, name in imports:
        names.setdefault(module, set()).add(name)
    sections: dict[int, list[str]] = {}
    for module in sorted(names):
        sections.setdefault(_section(module, own), []).append(module)
    for section in sorted(sections):
        yield "\n".join(_lines(sections[section], names))


def _section(module: str, own: str) -> int:
    top = module.partition(" ")[0].partition(".")[0]
    if top == "__future__":
        return 0
    if top in sys.stdlib_module_names:
        return 1
    if not top:
        return 4
    return 3 if top == own else 2


def _lines(modules: Sequence[str], names: Mapping[str, set[str]]) -> Iterator[str]:
    """Yield the lines of one section: whole modules first."""
    yield from (f"import {module}" for module in modules if "" in names[module])
    for module in modules:
        if imported := sorted(names[module] - {""}, key=_rank):
            line = f"from {module} import {', '.join(imported)}"
            many = ",\n    ".join(imported)
            yield line if len(line) <= _LONGEST_LINE else f"from {module} import (\n    {many},\n)"


def _rank(name: str) -> tuple[int, str]:
    """Rank constants first, then classes, then functions."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name.lower()


def _text(source: str, node: ast.ClassDef | ast.FunctionDef) -> str:
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    return "\n".join(source.splitlines()[first - 1 : node.end_lineno])
