"""Decide whether a pattern's first match (RE2) is always its longest (PostgreSQL).

The pattern becomes an NFA whose branches are ordered by preference. Its threads are followed
over every possible text at once, one representative for each class of characters: RE2 drops the
threads below the one that matched, PostgreSQL keeps them all. The two differ if and only if some
text leads to a match among all threads but not among those RE2 kept.
Follows R. Cox, "Regular Expression Matching: the Virtual Machine Approach", 2009.
"""

from dataclasses import dataclass, field
from random import Random
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

MATCH = -1
# Threads kept, all threads, and whether at the start of the text.
State = tuple[tuple[int, ...], frozenset[int], bool]


@dataclass
class Nfa:
    """Nodes: ('char', set of ranges, next), ('split', nexts in order), ('at', where, next)."""

    nodes: list[tuple[Any, ...]] = field(default_factory=list)

    def add(self, *node: Any) -> int:
        self.nodes.append(node)
        return len(self.nodes) - 1


def _ranges(items: Any) -> list[tuple[int, int]]:
    negate, found = False, []
    for kind, value in items:
        if kind is op.NEGATE:
            negate = True
        elif kind is op.LITERAL:
            found.append((value, value))
        elif kind is op.RANGE:
            found.append(value)
        else:
            raise ValueError(f"class item {kind} means different things on the two engines")
    if not negate:
        return found
    inverse, start = [], 0
    for low, high in sorted(found):
        if low > start:
            inverse.append((start, low - 1))
        start = max(start, high + 1)
    return [*inverse, (start, 0x10FFFF)]


def _build(nfa: Nfa, parsed: Any, then: int) -> int:  # noqa: PLR0912 - one branch a construct
    for kind, value in reversed(list(parsed)):
        if kind is op.LITERAL:
            then = nfa.add("char", [(value, value)], then)
        elif kind is op.NOT_LITERAL:
            then = nfa.add("char", _ranges([(op.NEGATE, None), (op.LITERAL, value)]), then)
        elif kind is op.IN:
            then = nfa.add("char", _ranges(value), then)
        elif kind is op.SUBPATTERN:
            then = _build(nfa, value[3], then)
        elif kind is op.BRANCH:
            then = nfa.add("split", [_build(nfa, branch, then) for branch in value[1]])
        elif kind is op.AT:
            then = nfa.add("at", value, then)
        elif kind is op.MAX_REPEAT:
            low, high, inner = value
            if high is op.MAXREPEAT:
                loop = nfa.add("split", [])
                nfa.nodes[loop][1].extend([_build(nfa, inner, loop), then])
                then = loop
            else:
                end = then
                for _ in range(high - low):
                    then = nfa.add("split", [_build(nfa, inner, then), end])
            for _ in range(low):
                then = _build(nfa, inner, then)
        else:
            raise ValueError(f"{kind} means different things on the two engines")
    return then


def _follow(nfa: Nfa, starts: tuple[int, ...], first: bool, last: bool) -> tuple[int, ...]:
    """Return the character nodes (and MATCH) reachable without a character, best first."""
    seen: dict[int, None] = {}
    visited: set[int] = set()
    stack = list(reversed(starts))
    while stack:
        node = stack.pop()
        if node in visited:
            continue
        visited.add(node)
        if node == MATCH or nfa.nodes[node][0] == "char":
            seen[node] = None
        elif nfa.nodes[node][0] == "split":
            stack.extend(reversed(nfa.nodes[node][1]))
        elif first if nfa.nodes[node][1] is op.AT_BEGINNING else last:
            stack.append(nfa.nodes[node][2])
    return tuple(seen)


def some_match(pattern: str, random: Random) -> str:
    """Return a text that a pattern matches as a whole, one of many."""
    nfa = Nfa()
    text, node = "", _build(nfa, _parser.parse(pattern), MATCH)
    while (node := random.choice(_follow(nfa, (node,), not text, True))) != MATCH:
        _, ranges, then = nfa.nodes[node]
        low, high = random.choice(ranges)
        text, node = text + chr(random.randint(low, min(high, low + 25))), then
    return text


def counterexample(pattern: str, limit: int = 200_000) -> str | None:
    """Return a text on which the two engines would differ, or None if there is none."""
    nfa = Nfa()
    start = _build(nfa, _parser.parse(pattern), MATCH)
    edges = {0}
    for node in nfa.nodes:
        if node[0] == "char":
            edges |= {edge for low, high in node[1] for edge in (low, high + 1)}
    inside: dict[frozenset[int], int] = {}
    for edge in sorted(edges - {0x110000}):
        accepts = frozenset(
            i
            for i, node in enumerate(nfa.nodes)
            if node[0] == "char" and any(low <= edge <= high for low, high in node[1])
        )
        if accepts:
            inside.setdefault(accepts, edge)
    for first in (True, False):
        begin: State = ((start,), frozenset({start}), first)
        seen = {begin: ""}
        queue = [begin]
        for state in queue:
            kept, every, at_start = state
            ends = (_follow(nfa, tuple(t), at_start, True) for t in (kept, every))
            if len({MATCH in end for end in ends}) == 2:
                return seen[state]
            kept = _follow(nfa, kept, at_start, False)
            every = frozenset(_follow(nfa, tuple(every), at_start, False))
            if (MATCH in kept) != (MATCH in every):
                return seen[state]
            if MATCH in kept:
                kept = kept[: kept.index(MATCH)]
            for accepts, char in inside.items():
                after = (
                    tuple(dict.fromkeys(nfa.nodes[n][2] for n in kept if n in accepts)),
                    frozenset(nfa.nodes[n][2] for n in every if n in accepts),
                    False,
                )
                if after[1] and after not in seen:
                    seen[after] = seen[state] + chr(char)
                    queue.append(after)
            if len(queue) > limit:
                raise RuntimeError(f"more than {limit} states")
    return None
