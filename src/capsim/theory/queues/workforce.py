"""Posts on paper and posts that work: turnover, vacancies, onboarding, absence in the long run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from capsim.theory.queues.domain import nonnegative, pair, sequence, share


def filled_posts(posts: float, turnover: float, vacancy: float) -> float:
    """The posts that are filled on average in the long run.

    Each post alternates between an employment of mean 1 / turnover and a vacancy, so that
    filled = posts (1 / turnover) / (1 / turnover + vacancy) = posts / (1 + turnover vacancy).
    Only the means matter, not the laws.

    Parameters
    ----------
    posts : float
        Posts (or FTE) on paper.
    turnover : float
        Departures per filled post and unit of time, e.g. 0.12 a year.
    vacancy : float
        Mean time from a departure to the successor's first day, in the same unit of time.

    Returns
    -------
    float
        In the unit of `posts`.

    Raises
    ------
    TheoryError
        If an argument is negative.

    References
    ----------
    Alternating renewal: Cox (1962), Renewal Theory, section 7.2.

    Examples
    --------
    >>> round(filled_posts(26, turnover=0.12, vacancy=4 / 12), 9)
    25.0
    """
    posts = nonnegative("posts", posts)
    turnover = nonnegative("turnover", turnover)
    vacancy = nonnegative("vacancy", vacancy)
    return posts / (1 + turnover * vacancy)


def presence_share(absences: Sequence[tuple[float, float]]) -> float:
    """The share of employed time that a worker is at work, under competing kinds of absence.

    A worker at work falls absent at the sum of the rates; presence = 1 / (1 + sum rate x length).
    Kinds do not overlap, so that it is more than the product of each one's own share.

    Parameters
    ----------
    absences : sequence of (float, float)
        Per kind: spells per unit of time *at work*, and their mean length in that unit of time.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    TheoryError
        If a number is negative.

    References
    ----------
    Regenerative cycles: Cox (1962), Renewal Theory, section 7.2.

    Examples
    --------
    >>> round(presence_share([(2.0, 8 / 365.25), (3.0, 10 / 365.25)]), 6)
    0.888146
    """
    away = 0.0
    for kind, one in enumerate(sequence("absences", absences)):
        spells, length = pair(f"absences[{kind}]", one)
        away += nonnegative(f"absences[{kind}] spells", spells) * nonnegative(
            f"absences[{kind}] length", length
        )
    return 1 / (1 + away)


@dataclass(frozen=True)
class EffectivePosts:
    """Posts after what keeps them from working: what `effective_posts` gives back."""

    posts: float
    filled: float
    present: float
    """Filled and not absent."""
    effective: float
    """Present, counted at the pace of an experienced worker."""

    @property
    def posts_per_effective_post(self) -> float:
        """How many posts on paper one full working post costs; inf if none works."""
        return self.posts / self.effective if self.effective else math.inf


def effective_posts(
    posts: float,
    turnover: float,
    vacancy: float,
    *,
    onboarding_length: float = 0.0,
    onboarding_rate: float = 1.0,
    absences: Sequence[tuple[float, float]] = (),
) -> EffectivePosts:
    """The experienced, present workers that a number of posts amounts to in the long run.

    filled x presence x (1 - (1 - onboarding rate) (1 - exp(-turnover x onboarding length))): with
    departures at a constant rate that share of the employed are still in their onboarding.

    Parameters
    ----------
    posts, turnover, vacancy
        As in `filled_posts`.
    onboarding_length : float
        How long a new worker is slower, in the same unit of time.
    onboarding_rate : float
        Pace meanwhile, as a share of an experienced worker's.
    absences : sequence of (float, float)
        As in `presence_share`, independent of the length of service.

    Returns
    -------
    EffectivePosts

    Raises
    ------
    TheoryError
        If an argument is negative or the pace is no share.

    References
    ----------
    Cox (1962), Renewal Theory, section 7.2 and, for the age of an employment, section 5.4.

    Examples
    --------
    >>> team = effective_posts(
    ...     10, turnover=0.2, vacancy=0.5, onboarding_length=0.25, onboarding_rate=0.5)
    >>> round(team.filled, 6), round(team.effective, 6)
    (9.090909, 8.869225)
    """
    filled = filled_posts(posts, turnover, vacancy)
    length = nonnegative("onboarding_length", onboarding_length)
    pace = share("onboarding_rate", onboarding_rate)
    new = -math.expm1(-nonnegative("turnover", turnover) * length)
    present = filled * presence_share(absences)
    return EffectivePosts(
        posts=nonnegative("posts", posts),
        filled=filled,
        present=present,
        effective=present * (1 - (1 - pace) * new),
    )
