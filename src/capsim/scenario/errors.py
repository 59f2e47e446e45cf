"""Mistakes in a scenario: all of them at once, each with path, value, rule and remedy."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic_core import PydanticCustomError

__all__ = [
    "Mistake",
    "ScenarioError",
    "all_of",
    "amount",
    "counted",
    "in_file_order",
    "nearest",
    "problem",
]

T = TypeVar("T")

_NO_VALUE = object()
_LONGEST_VALUE = 60


@dataclass(frozen=True)
class Mistake:
    """One mistake in a scenario.

    Parameters
    ----------
    path : str
        Dotted path of the wrong place, such as ``"stages.intake.work"``; empty for the file.
    value : object
        What stands there.
    rule : str
        What holds for that place.
    remedy : str
        What to write instead.

    Examples
    --------
    >>> print(Mistake("teams.guidance.fte", -1, "must be at least 0", "write 0 or more"))
    teams.guidance.fte = -1: must be at least 0; write 0 or more
    """

    path: str
    value: Any = _NO_VALUE
    rule: str = ""
    remedy: str = ""

    @classmethod
    def absent(cls, path: str, rule: str, remedy: str = "") -> Mistake:
        """Mistake about something that is not written at all, so without a value."""
        return cls(path, _NO_VALUE, rule, remedy)

    def __str__(self) -> str:
        """One line that names path, value, rule and remedy."""
        subject = self.path or "the scenario"
        if self.value is not _NO_VALUE:
            subject += f" = {_shortened(self.value)}"
        return f"{subject}: {self.rule}" + (f"; {self.remedy}" if self.remedy else "")


class ScenarioError(ValueError):
    """A scenario that cannot be simulated, with every mistake found in it.

    Attributes
    ----------
    mistakes : tuple of Mistake
        In the order of the file; never empty.

    Examples
    --------
    >>> raise ScenarioError([Mistake("stages", {}, "needs at least one stage", "add one")])
    Traceback (most recent call last):
    capsim.scenario.errors.ScenarioError: 1 mistake:
      stages = {}: needs at least one stage; add one
    """

    def __init__(self, mistakes: Iterable[Mistake], source: str = "") -> None:
        self.mistakes = tuple(mistakes)
        self.source = source
        count = len(self.mistakes)
        heading = f"{count} mistake" + ("" if count == 1 else "s")
        heading += f" in {source}:" if source else ":"
        super().__init__("\n".join([heading, *(f"  {mistake}" for mistake in self.mistakes)]))

    def __reduce__(self) -> tuple[Any, ...]:
        """Rebuild from the mistakes, so that the error crosses process boundaries."""
        return type(self), (self.mistakes, self.source), {"args": self.args}


def all_of(makers: Iterable[Callable[[], T]]) -> list[T]:
    """What all of them make, or one error with the mistakes of all, each under its own heading.

    Examples
    --------
    >>> def wrong():
    ...     raise ScenarioError([Mistake("stages", {}, "needs at least one stage")], "a")
    >>> all_of([lambda: 1, lambda: 2])
    [1, 2]
    >>> all_of([wrong, lambda: 2, wrong])
    Traceback (most recent call last):
    capsim.scenario.errors.ScenarioError: 1 mistake in a:
      stages = {}: needs at least one stage
    1 mistake in a:
      stages = {}: needs at least one stage
    """
    made: list[T] = []
    errors: list[ScenarioError] = []
    for make in makers:
        try:
            made.append(make())
        except ScenarioError as error:
            errors.append(error)
    if errors:
        whole = ScenarioError(mistake for error in errors for mistake in error.mistakes)
        whole.args = ("\n".join(map(str, errors)),)
        raise whole
    return made


def in_file_order(mistakes: Iterable[Mistake], raw: Mapping[str, Any]) -> list[Mistake]:
    """Mistakes in the order in which their places stand in plain data."""

    def position(mistake: Mistake) -> list[int]:
        node: Any = raw
        positions = []
        for token in mistake.path.split("."):
            if isinstance(node, Mapping) and token in node:
                positions.append(list(node).index(token))
                node = node[token]
            elif isinstance(node, list) and token.isdigit() and int(token) < len(node):
                positions.append(int(token))
                node = node[int(token)]
            else:
                return [*positions, len(node) if isinstance(node, (Mapping, list)) else 0]
        return positions

    return sorted(mistakes, key=position)


def nearest(word: object, known: Iterable[str]) -> str:
    """Remedy for a name that is not known: the closest known one, or the list.

    Examples
    --------
    >>> nearest("guidence", ["intake", "guidance"])
    "did you mean 'guidance'?"
    >>> nearest("xyz", ["intake", "guidance"])
    'known: intake, guidance'
    """
    known = list(known)
    by_lower_case = {name.lower(): name for name in known}
    # Of two letters one may be wrong.
    cutoff = 0.6 if len(str(word)) > 3 else 0.5
    close = difflib.get_close_matches(str(word).lower(), by_lower_case, n=1, cutoff=cutoff)
    if close:
        return f"did you mean {by_lower_case[close[0]]!r}?"
    if not known:
        return "none is defined"
    shown = ", ".join(known[:12]) + (f" and {len(known) - 12} more" if len(known) > 12 else "")
    return f"known: {shown}"


def counted(number: int, noun: str) -> str:
    """A number of things in words.

    Examples
    --------
    >>> counted(1, "input"), counted(2, "input")
    ('1 input', '2 inputs')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def amount(number: float) -> str:
    """A large number with its thousands apart, a huge one by its power of ten.

    Examples
    --------
    >>> amount(7_195_283.4), amount(6.3e31)
    ('7,195,283', '6.3e+31')
    """
    return f"{number:,.0f}" if abs(number) < 1e15 else f"{number:.2g}"


def problem(rule: str, remedy: str = "", at: str = "") -> PydanticCustomError:
    """Error for a pydantic validator that keeps rule and remedy apart.

    Parameters
    ----------
    rule, remedy : str
        As in `Mistake`.
    at : str
        Field below the place of the validator that the mistake is about.
    """
    context = {"rule": rule, "remedy": remedy, "at": at}
    # Braces would be read as a template by pydantic.
    message = rule.replace("{", "(").replace("}", ")")
    return PydanticCustomError("scenario", message, context)


def _shortened(value: object) -> str:
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        text = "a number of thousands of digits" if isinstance(value, int) else "..."
    if len(text) > _LONGEST_VALUE:
        text = text[: _LONGEST_VALUE - 3] + "..."
    return text
