"""Mutants (变异体): the gate's functions, each with one thing wrong, put in the place of the right ones and back.

A mutant is another `__code__` of the same function object, so that whoever imported the function runs the mutant.
"""

import ast
import copy
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutant:
    """One wrong thing: where, what stood there, what stands there now."""

    module: str
    function: str
    line: int
    was: str
    now: str
    code: CodeType

    def __str__(self) -> str:
        return f"{self.module}.{self.function}: {self.was} → {self.now}"


def find_mutants(module: str) -> Iterator[Mutant]:
    """Every mutant of a module's functions and methods."""
    file = import_module(module).__file__
    assert file is not None
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    for path, function in _functions(tree.body, ()):
        right = _compile(function)
        for number, node in enumerate(ast.walk(function)):
            for now in _wrong(node):
                changed = copy.deepcopy(function)
                _replace(changed, list(ast.walk(changed))[number], now)
                code = _compile(changed)
                if code != right:  # else it lies in what is evaluated once: defaults, annotations
                    line = getattr(node, "lineno", function.lineno)
                    yield Mutant(module, ".".join(path), line, _told(node), _told(now), code)


@contextmanager
def in_place(mutant: Mutant) -> Iterator[None]:
    """The mutant runs in the place of the right function until the block ends."""
    owner: Any = import_module(mutant.module)
    for name in mutant.function.split("."):
        owner = getattr(owner, name) if not isinstance(getattr(owner, name), property) else getattr(owner, name).fget
    function: FunctionType = getattr(owner, "__wrapped__", owner)
    right = function.__code__
    function.__code__ = mutant.code
    forget_all()
    try:
        yield
    finally:
        function.__code__ = right
        forget_all()


def forget_all() -> None:
    """Empty every cache of the gate: what a mutant left in one would make the next ones seem noticed."""
    for name, module in list(sys.modules.items()):
        if name.startswith(("scanners.identity.", "scanners.goods.")):
            for each in list(vars(module).values()):
                if hasattr(each, "cache_clear"):
                    each.cache_clear()


def _functions(body: list[ast.stmt], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], ast.FunctionDef]]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _functions(node.body, (*path, node.name))
        elif isinstance(node, ast.FunctionDef):
            yield (*path, node.name), node


def _wrong(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in a node's place instead."""
    match node:
        case ast.Compare(ops=ops):
            for place, operator in enumerate(ops):
                changed = copy.deepcopy(node)
                changed.ops[place] = SWAPPED[type(operator)]()  # type: ignore[call-overload]  # operators, as above
                yield changed
        case ast.BoolOp(op=operator) | ast.BinOp(op=ast.Add() | ast.Sub() as operator):
            changed = copy.deepcopy(node)
            changed.op = SWAPPED[type(operator)]()  # type: ignore[assignment]  # operators, as above
            yield changed
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.IfExp() | ast.If():
            for value in (True, False):
                changed = copy.deepcopy(node)
                changed.test = ast.Constant(value)
                yield changed
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() as value):
            yield ast.Constant(value + 1)
        case ast.AugAssign() | ast.Expr(value=ast.Call()):
            yield ast.Pass()


def _replace(tree: ast.AST, old: ast.AST, new: ast.AST) -> None:
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
            elif isinstance(value, list) and any(each is old for each in value):
                setattr(parent, name, [new if each is old else each for each in value])


def _compile(function: ast.FunctionDef) -> CodeType:
    """The function's code alone."""
    bare = copy.deepcopy(function)
    bare.decorator_list, bare.returns = [], None
    module = ast.fix_missing_locations(ast.Module([bare], []))
    return next(each for each in compile(module, "<mutant>", "exec").co_consts if isinstance(each, CodeType))


def _told(node: ast.AST) -> str:
    text = ast.unparse(ast.fix_missing_locations(copy.deepcopy(node)))
    return " ".join(text.split())[:90]
