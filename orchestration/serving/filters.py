"""Check the conditions that people give for metrics, and rebuild them from allowed parts.

A condition becomes part of a SQL statement, so none of its text is passed on, against injection.
What stands in double braces is parsed as Python calls with names and texts as arguments, the rest
as SQL by sqlglot. Only the forms below are written again; everything else is refused by name.
"""

from __future__ import annotations

import ast
import re

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from orchestration.core.errors import GranaryError
from orchestration.core.sql import literal


class MetricError(GranaryError):
    """A query's metric or dimension does not exist or fit, or its condition is not allowed."""

    exit_code = 2


NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
REFERENCE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
# Stands for a reference while sqlglot parses the rest. No allowed text contains a brace, so a
# condition cannot fake one.
PLACE = re.compile(r"\{(\d+)\}")
NUMBER = re.compile(r"\d+(\.\d*)?([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?")
REFERENCES = ("Dimension", "TimeDimension", "Entity", "Metric")
REFINED_BY = ("grain", "date_part")
# Binary operators, and how they are written again.
JOINED = {
    exp.And: "and", exp.Or: "or",
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
    exp.Like: "like", exp.ILike: "ilike", exp.Is: "is",
    exp.NullSafeEQ: "is not distinct from", exp.NullSafeNEQ: "is distinct from",
}  # fmt: skip
CAST_TO = {exp.DataType.Type.DATE: "date", exp.DataType.Type.TIMESTAMP: "timestamp"}
ALLOWED = (
    "allowed are and, or, not, comparisons, between, in, like, is null, texts, numbers, "
    "date '2026-01-31' and {{ Dimension('…') }}"
)


def checked_name(name: str) -> str:
    """Return the name of a metric or dimension if it is a plain identifier.

    Raises:
        MetricError: it is not.
    """
    if not NAME.fullmatch(name):
        raise MetricError(f"not a name: {name!r} (all: granary metrics --json)")
    return name


def rebuilt(condition: str) -> str:
    """Return a condition for MetricFlow with the same meaning, made of allowed forms only.

    Raises:
        MetricError: it is not a condition, or contains a form that is not allowed; the message
            names the form.
    """
    references: list[str] = []

    def place(found: re.Match[str]) -> str:
        references.append(_reference(found[1]))
        return f'"{{{len(references) - 1}}}"'

    try:
        parsed = sqlglot.parse(REFERENCE.sub(place, condition))
        if len(parsed) != 1 or parsed[0] is None:
            raise MetricError(f"not a condition: it is not one expression; {ALLOWED}")
        return _written(parsed[0], references)
    # Deep nesting exhausts Python's stack.
    except (SqlglotError, RecursionError):
        raise MetricError(f"not a condition: it cannot be read; {ALLOWED}") from None


def _written(node: exp.Expression, references: list[str]) -> str:
    def part(name: str) -> str:
        return _written(node.args[name], references)

    known = {"this", "expression", "negate"}
    match node:
        case exp.Paren():
            # Every operator below writes its own parentheses.
            written = part("this")
        case exp.Not():
            written = f"(not {part('this')})"
        case exp.Between():
            known |= {"low", "high"}
            written = f"({part('this')} between {part('low')} and {part('high')})"
        # A list of values only: `in (select ...)` has no expressions, and is refused.
        case exp.In(expressions=[_, *_]):
            known |= {"expressions"}
            listed = ", ".join(_written(value, references) for value in node.expressions)
            written = f"({part('this')} in ({listed}))"
        case exp.Column(this=exp.Identifier(this=str(name))) if found := PLACE.fullmatch(name):
            if int(found[1]) >= len(references):
                raise _refused(node)
            written = references[int(found[1])]
        case _ if type(node) in JOINED:
            written = f"({part('this')} {JOINED[type(node)]} {part('expression')})"
        case _:
            known |= {"is_string", "to"}
            written = _value(node)
    # An attribute of the node that is not written again would change the meaning: refuse it.
    if any(value for name, value in node.args.items() if name not in known):
        raise _refused(node)
    return f"(not {written})" if node.args.get("negate") else written


def _value(node: exp.Expression) -> str:
    match node:
        case exp.Null():
            return "null"
        case exp.Boolean():
            return "true" if node.this else "false"
        case exp.Literal(is_string=True) if not set("{}\0") & set(node.this):
            return literal(node.this)
        case exp.Literal(is_string=False) if NUMBER.fullmatch(node.this):
            return str(node.this)
        case exp.Neg(this=exp.Literal(is_string=False)):
            return f"-{_value(node.this)}"
        case exp.Cast(this=exp.Literal(is_string=True)) if node.to.this in CAST_TO:
            return f"cast({_value(node.this)} as {CAST_TO[node.to.this]})"
    raise _refused(node)


def _refused(node: exp.Expression) -> MetricError:
    """Return an error that names the form, but not its text, which may be personal data."""
    return MetricError(f"not allowed in a condition: {type(node).__name__.lower()}; {ALLOWED}")


def _reference(text: str) -> str:
    """Rebuild a reference in double braces, such as `Dimension('analysis__risk_level')`."""
    try:
        call = ast.parse(text.strip(), mode="eval").body
        refined = ""
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            if call.func.attr not in REFINED_BY:
                raise MetricError(f"not a condition: {call.func.attr!r} is undefined")
            refined = f".{call.func.attr}({_arguments(call)})"
            call = call.func.value
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
            raise MetricError(f"not a condition: only {', '.join(REFERENCES)} may stand in braces")
        if call.func.id not in REFERENCES:
            raise MetricError(f"not a condition: {call.func.id!r} is undefined")
        return f"{{{{ {call.func.id}({_arguments(call)}){refined} }}}}"
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise MetricError("not a condition: what stands in braces cannot be read") from None


def _arguments(call: ast.Call) -> str:
    named = [
        f"{checked_name(keyword.arg or '')}={_name(keyword.value)}" for keyword in call.keywords
    ]
    return ", ".join([*map(_name, call.args), *named])


def _name(node: ast.expr) -> str:
    """Return a name, or a list of names, in quotes."""
    match node:
        case ast.Constant(value=str(name)):
            return f"'{checked_name(name)}'"
        case ast.List(elts=names):
            return f"[{', '.join(map(_name, names))}]"
    raise ValueError("neither a name nor a list of names")
