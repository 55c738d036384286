"""The ways in which the facts of a letter may turn out: with and without, one and many, each value asked for."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from math import prod

from jinja2 import nodes

Facts = Mapping[str, object]
MOST = 256  # beyond it each fact changes alone


def conditions(trees: Iterable[nodes.Template]) -> dict[str, list[object]]:
    """Give the facts that conditions ask about, with the values they are compared with."""
    found: dict[str, list[object]] = {}
    for tree in trees:
        for test in _tests(tree):
            for name in [test, *test.find_all(nodes.Name)]:
                if isinstance(name, nodes.Name):
                    found.setdefault(name.name, [])
            for compared in [test, *test.find_all(nodes.Compare)]:
                if isinstance(compared, nodes.Compare):
                    _note(compared, found)
    return found


def variants(facts: Facts, asked: Mapping[str, list[object]]) -> Iterator[Facts]:
    """Give the facts as they are, then as they may be: all together, or one by one when these would be too many."""
    choices = {name: _values(facts[name], constants) for name, constants in asked.items() if name in facts}
    yield facts
    if prod(len(one) for one in choices.values()) <= MOST:
        yield from ({**facts, **dict(zip(choices, chosen, strict=True))} for chosen in product(*choices.values()))
        return
    yield {**facts, **{name: values[-1] for name, values in choices.items()}}
    yield from ({**facts, name: value} for name, values in choices.items() for value in values)


def _tests(tree: nodes.Template) -> Iterator[nodes.Node]:
    yield from (one.test for one in tree.find_all(nodes.If))
    yield from (one.test for one in tree.find_all(nodes.CondExpr))


def _note(compared: nodes.Compare, found: dict[str, list[object]]) -> None:
    sides = [compared.expr, *(one.expr for one in compared.ops)]
    constants = [one.value for one in sides if isinstance(one, nodes.Const)]
    for side in sides:
        if isinstance(side, nodes.Name):
            found.setdefault(side.name, []).extend(constants)


def _values(base: object, constants: list[object]) -> list[object]:
    """Give what a fact may be, the one that says nothing last."""
    if isinstance(base, bool):
        return [True, False]
    if isinstance(base, int):
        return list(dict.fromkeys([base, 1, 2, *(one for one in constants if type(one) is int), 0]))
    return list(dict.fromkeys([base, *(one for one in constants if isinstance(one, str)), ""]))
