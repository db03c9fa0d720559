"""Owns what two statements of one shape differ in: names of variables, and values of literals."""

from __future__ import annotations

import ast
from collections.abc import Sequence

import msgspec

from mlops_lab.core.celldiff import LiteralChange, LiteralPlace

from .codeshape import BODIES, is_literal, split_keywords, variable_of

MAX_LITERAL_CHARS = 500
"""A longer literal is cut where it is told."""


class Role(msgspec.Struct, frozen=True):
    """What a literal is to the code around it."""

    place: LiteralPlace = "other"
    name: str = ""
    of: str = ""


class Found(msgspec.Struct):
    """Names that stand in each other's places, equal ones too, and literals that differ."""

    names: list[tuple[str, str]] = []
    literals: list[LiteralChange] = []


def walk(before: ast.AST, after: ast.AST, found: Found, *, whole: bool = True) -> None:
    """Add to ``found`` what two nodes of one shape differ in; see ``shape_of`` for ``whole``."""
    _Walk(found, whole=whole).both(before, after, Role())


class _Walk:
    def __init__(self, found: Found, *, whole: bool) -> None:
        self._found = found
        self._whole = whole

    def both(self, before: ast.AST, after: ast.AST, role: Role) -> None:
        if is_literal(before) and is_literal(after):
            self._literals(before, after, role)
            return
        names = variable_of(before), variable_of(after)
        if names[0] is not None and names[1] is not None:
            self._found.names.append((names[0], names[1]))
        if isinstance(before, ast.Call) and isinstance(after, ast.Call):
            self._calls(before, after)
        elif isinstance(before, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
            self._assigned(before, after)
        elif isinstance(before, ast.FunctionDef | ast.AsyncFunctionDef):
            self._defaults(before, after)
            self._fields(before, after, Role(), leave=("args",))
        elif isinstance(before, ast.Dict) and isinstance(after, ast.Dict):
            self._items(before, after, role)
        else:
            self._fields(
                before, after, role if isinstance(before, ast.Tuple | ast.List) else Role()
            )

    def _fields(
        self, before: ast.AST, after: ast.AST, role: Role, *, leave: Sequence[str] = ()
    ) -> None:
        for name in before._fields:
            if name in leave or (not self._whole and name in BODIES):
                continue
            self._values(getattr(before, name, None), getattr(after, name, None), role)

    def _values(self, before: object, after: object, role: Role) -> None:
        if isinstance(before, list) and isinstance(after, list):
            for one, other in zip(before, after, strict=False):
                self._values(one, other, role)
        elif isinstance(before, ast.AST) and isinstance(after, ast.AST):
            self.both(before, after, role)

    def _calls(self, before: ast.Call, after: ast.Call) -> None:
        self.both(before.func, after.func, Role())
        callee = _shown(after.func)
        for at, (one, other) in enumerate(zip(before.args, after.args, strict=False), 1):
            name = str(at) if len(after.args) > 1 else ""
            self.both(one, other, Role("argument", name, callee))
        computed, literals = split_keywords(before)
        other_computed, other_literals = split_keywords(after)
        for one_keyword, other_keyword in zip(computed, other_computed, strict=False):
            role = Role("keyword", other_keyword.arg or "", callee)
            self.both(one_keyword.value, other_keyword.value, role)
        for name in [*literals, *(name for name in other_literals if name not in literals)]:
            self._optional(
                literals.get(name), other_literals.get(name), Role("keyword", name, callee)
            )

    def _assigned(self, before: ast.AST, after: ast.AST) -> None:
        targets = (
            after.targets if isinstance(after, ast.Assign) else [getattr(after, "target", None)]
        )
        target = targets[0] if len(targets) == 1 else None
        value, other = getattr(before, "value", None), getattr(after, "value", None)
        self._fields(before, after, Role(), leave=("value",))
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            others = other.elts if isinstance(other, ast.Tuple) else []
            if len(target.elts) == len(value.elts) == len(others):
                for part, one, two in zip(target.elts, value.elts, others, strict=True):
                    self.both(one, two, _role_of(part))
                return
        self._values(value, other, _role_of(target))

    def _defaults(self, before: ast.AST, after: ast.AST) -> None:
        old: ast.arguments = before.args  # type: ignore[attr-defined] # a function has them
        new: ast.arguments = after.args  # type: ignore[attr-defined]
        function = variable_of(after) or ""
        self._fields(old, new, Role(), leave=("defaults", "kw_defaults"))
        by_place = [*new.posonlyargs, *new.args][-len(new.defaults) :] if new.defaults else []
        named = zip([*by_place, *new.kwonlyargs], [*old.defaults, *old.kw_defaults],
                    [*new.defaults, *new.kw_defaults], strict=False)  # fmt: skip
        for argument, one, other in named:
            if one is not None and other is not None:
                self.both(one, other, Role("default", argument.arg, function))

    def _items(self, before: ast.Dict, after: ast.Dict, role: Role) -> None:
        pairs = zip(before.keys, after.keys, before.values, after.values, strict=False)
        for key, other_key, value, other in pairs:
            self._values(key, other_key, Role())
            self.both(value, other, Role("item", _plain(other_key), role.name or role.of))

    def _literals(self, before: ast.AST, after: ast.AST, role: Role) -> None:
        if ast.dump(before) == ast.dump(after):
            return
        if isinstance(before, ast.Dict) and isinstance(after, ast.Dict):
            old, new = _by_key(before), _by_key(after)
            if len(old) == len(before.keys) and len(new) == len(after.keys):
                of = role.name or role.of
                for name in [*old, *(name for name in new if name not in old)]:
                    self._optional(old.get(name), new.get(name), Role("item", name, of))
                return
        self._tell(before, after, role)

    def _optional(self, before: ast.AST | None, after: ast.AST | None, role: Role) -> None:
        if before is not None and after is not None:
            self._literals(before, after, role)
        else:
            self._tell(before, after, role)

    def _tell(self, before: ast.AST | None, after: ast.AST | None, role: Role) -> None:
        there = before if after is None else after
        self._found.literals.append(
            LiteralChange(
                name=role.name,
                before=None if before is None else _shown(before),
                after=None if after is None else _shown(after),
                place=role.place,
                of=role.of,
                line=getattr(there, "lineno", 0),
            )
        )


def _role_of(target: ast.AST | None) -> Role:
    match target:
        case ast.Name():
            return Role("assigned", target.id)
        case ast.Attribute():
            return Role("assigned", target.attr, _shown(target.value))
        case ast.Subscript(slice=ast.Constant()):
            return Role("item", _plain(target.slice), _shown(target.value))
    return Role()


def _by_key(node: ast.Dict) -> dict[str, ast.AST]:
    return {_plain(key): value for key, value in zip(node.keys, node.values, strict=True)}


def _plain(node: ast.AST | None) -> str:
    """Return a key as people call it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value[:MAX_LITERAL_CHARS]
    return "" if node is None else _shown(node)


def _shown(node: ast.AST) -> str:
    text = ast.unparse(node)
    return text if len(text) <= MAX_LITERAL_CHARS else f"{text[: MAX_LITERAL_CHARS - 3]}..."
