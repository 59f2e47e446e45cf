"""The roster of a replication: seats, holders, absences, turnover, cuts."""

import math
import sys
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from capsim.draws import deal
from capsim.kernels.codes import (
    EVENT_ABSENT,
    EVENT_HIRE,
    EVENT_LEAVE,
    EVENT_ONBOARDED,
    EVENT_RETURN,
    EVENT_SHORTENED,
    NEVER,
    STATE_ABSENT,
    STATE_OUT,
    STATE_PRESENT,
)
from capsim.kernels.draws.philox import _philox_python
from capsim.plan.hashes import name_hash
from draws.by_hand import Laws, plan
from draws.large import DAY, N_DAYS, province

H = 100  # ticks of a day; weeks of five days, day 0 a Monday
EVERY_DAY = (1, 1, 1, 1, 1, 1, 1)
NOBODY_LEAVES = (0.0, -1, -1, 0.0)


def people(seats=({},), cuts=(), season=(), copies=None, **copy):
    """Staff of one team copy, or of the given ones."""
    return {
        "seats": list(seats),
        "copies": copies or [copy],
        "cuts": cuts,
        "season": season,
    }


def only_on(day, n_days=14):
    """A season in which absences fall on one day and nowhere else, at its first tick."""
    factors = np.zeros(n_days + 1)
    factors[day] = 1e12
    return factors


def events(luck, worker=None):
    """(time, kind, value) of each event, of one worker or of all."""
    rows = zip(
        luck.roster_time, luck.roster_worker, luck.roster_kind, luck.roster_value, strict=True
    )
    return [
        (int(time), int(kind), int(value))
        for time, of, kind, value in rows
        if worker is None or of == worker
    ]


def unit_exponential(seed, k, purpose, case, number, lane=0):
    """A keyed exponential number, worked out beside the code under test."""
    block = _philox_python(seed, 0, k, name_hash(purpose), name_hash(case), number)
    return -math.log1p(-((block[lane] >> 11) * 2.0**-53))


def test_seats_without_chance_are_simply_there():
    """No turnover, no absence: one worker per seat, present, at full rate, for good."""
    seats = [{"fte": 600}, {"fte": 800, "number": 2}, {"copy": 1, "number": 1}]
    luck = deal(plan(people=people(seats, copies=[{}, {}])), 1)
    assert luck.worker_copy.tolist() == [0, 0, 1]
    assert luck.worker_seat.tolist() == [1, 2, 1]
    assert luck.worker_holder.tolist() == [1, 1, 1]
    assert luck.worker_fte.tolist() == [600, 800, 1000]
    assert luck.worker_state.tolist() == [STATE_PRESENT] * 3
    assert luck.worker_rate.tolist() == [1000] * 3
    assert luck.worker_hired.tolist() == [0] * 3
    assert luck.worker_left.tolist() == [NEVER] * 3
    assert events(luck) == []


@pytest.mark.parametrize(
    ("first", "length", "office", "expected"),
    [
        # Wednesday and Thursday.
        (2, 200, False, [(200, EVENT_ABSENT), (400, EVENT_RETURN)]),
        # Thursday for three days: back on Monday; for three workdays: back on Tuesday.
        (3, 300, False, [(300, EVENT_ABSENT), (500, EVENT_RETURN)]),
        (3, 300, True, [(300, EVENT_ABSENT), (600, EVENT_RETURN)]),
        # Saturday for three days: seen from Monday until Tuesday.
        (5, 300, False, [(500, EVENT_ABSENT), (600, EVENT_RETURN)]),
        # Saturday and Sunday: nobody sees it.
        (5, 200, False, []),
        # Second Wednesday until after the end of the run.
        (9, 500, False, [(700, EVENT_ABSENT)]),
    ],
)
def test_an_absence_is_seen_in_office_time(first, length, office, expected):
    """Begin and end of an absence become the first office instants at or after them."""
    laws = Laws()
    law = laws.fixed(length, office=office)
    kind = {"name": "a", "rate": 1.0, "length": law, "residual": law, "mean": 1.0, "season": 0}
    staff = people(absences=(kind,), season=(only_on(first),))
    luck = deal(plan(laws=laws, people=staff), 1)
    assert [(time, what) for time, what, _ in events(luck)] == expected


@pytest.mark.parametrize(
    ("length", "office", "after", "flag"),
    [
        (301, False, 300, 1),
        (300, False, 300, 0),
        (300, False, NEVER, 0),
        (300, True, -299, 1),
        (300, True, -300, 0),
        # Three workdays are 4.2 days where five of seven days are open, and the other way round.
        (300, True, 410, 1),
        (300, True, 430, 0),
        (420, False, -290, 1),
        (420, False, -310, 0),
    ],
)
def test_an_absence_hands_over_if_it_lasts_longer(length, office, after, flag):
    """The whole length is compared with `handover_after`, each in the time it was written in."""
    laws = Laws()
    law = laws.fixed(length, office=office)
    kind = {"name": "a", "rate": 1.0, "length": law, "residual": law, "mean": 1.0, "season": 0}
    staff = people(absences=(kind,), season=(only_on(1),), handover_after=after)
    luck = deal(plan(laws=laws, people=staff), 1)
    assert events(luck)[0] == (100, EVENT_ABSENT, flag)


def test_a_later_seat_is_hired_and_learns():
    """Hired on a Saturday: there on Monday, with the onboarding rate until its length is over."""
    staff = people([{}, {"from_": 510}], onboarding=(300, 500))
    luck = deal(plan(people=staff), 1)
    assert luck.worker_state.tolist() == [STATE_PRESENT, STATE_OUT]
    assert luck.worker_rate.tolist() == [1000, 500]
    assert luck.worker_hired.tolist() == [0, 510]
    assert events(luck, 0) == []
    assert events(luck, 1) == [(500, EVENT_HIRE, 0), (610, EVENT_ONBOARDED, 1000)]


def test_onboarding_in_workdays():
    """Three workdays from Thursday end on the Tuesday after."""
    luck = deal(plan(people=people([{"from_": 300}], onboarding=(-300, 250))), 1)
    assert events(luck) == [(300, EVENT_HIRE, 0), (600, EVENT_ONBOARDED, 1000)]
    assert luck.worker_rate.tolist() == [250]


def test_a_seat_beyond_the_horizon_is_nobody():
    """A seat that would be filled on the last weekend or later has no worker."""
    for instant in (1200, 1399, 1400, 10**6):
        assert len(deal(plan(people=people([{"from_": instant}])), 1).worker_copy) == 0
    assert len(deal(plan(people=people([{"from_": 1199}])), 1).worker_copy) == 1


def test_a_cut_removes_a_seat_and_shortens_another():
    """The removed seat's holder leaves at the cut, even when absent; the other one goes on."""
    laws = Laws()
    law = laws.fixed(1000)
    kind = {"name": "a", "rate": 1.0, "length": law, "residual": law, "mean": 1.0, "season": 0}
    staff = people(
        [{}, {"number": 2, "until": 450}],
        cuts=((0, 450, 700), (0, 650, 300)),
        absences=(kind,),
        season=(only_on(2),),
    )
    luck = deal(plan(laws=laws, people=staff), 1)
    assert events(luck, 0) == [
        (200, EVENT_ABSENT, 0),
        (450, EVENT_SHORTENED, 700),
        (500, EVENT_SHORTENED, 300),  # on Sunday
    ]
    assert events(luck, 1) == [(200, EVENT_ABSENT, 0), (450, EVENT_LEAVE, 0)]
    assert luck.worker_left.tolist() == [NEVER, 450]


def test_who_is_hired_after_a_cut_gets_the_shorter_contract():
    """A cut that came before the holder is no event of his."""
    staff = people([{"from_": 700}], cuts=((0, 450, 700), (0, 800, 300)))
    luck = deal(plan(people=staff), 1)
    assert luck.worker_fte.tolist() == [700]
    assert events(luck) == [(500, EVENT_HIRE, 0), (600, EVENT_SHORTENED, 300)]


def test_turnover_worked_by_hand():
    """Holders follow each other: exponential employment, fixed vacancy, onboarding, no overlap."""
    laws = Laws()
    vacancy = laws.fixed(30)
    turnover = 1 / 250
    staff = people(turnover=(turnover, vacancy, vacancy, 1e-9), onboarding=(20, 500), name="o/t",
                   team="t")  # fmt: skip
    luck = deal(plan(laws=laws, people=staff, open_week=EVERY_DAY), 77)
    hired, holder, expected = 0, 1, []
    while hired < 1400:
        stay = unit_exponential(77, holder, "turnover/t", "o/t", 1) / turnover
        left = hired + max(1, math.floor(stay + 0.5))
        own = [(hired, EVENT_HIRE, 0)] if hired else []
        if hired and hired + 20 < min(left, 1400):
            own.append((hired + 20, EVENT_ONBOARDED, 1000))
        if left < 1400:
            own.append((left, EVENT_LEAVE, 0))
        expected.append(own)
        hired, holder = left + 30, holder + 1
    assert len(expected) >= 3
    assert luck.worker_holder.tolist() == list(range(1, len(expected) + 1))
    assert [events(luck, worker) for worker in range(len(expected))] == expected


def test_competing_absences_worked_by_hand():
    """Two kinds, each on its own clock of presence: the shorter remaining exposure comes first."""
    laws = Laws()
    lengths = {"a": 70, "b": 110}
    rates = {"a": 1 / 200, "b": 1 / 300}
    kinds = tuple(
        {"name": name, "rate": rates[name], "length": laws.fixed(lengths[name]), "mean": 1e-9}
        for name in "ab"
    )
    staff = people(absences=kinds, name="o/t", team="t")
    luck = deal(plan(laws=laws, people=staff, open_week=EVERY_DAY), 78)
    spell = {"a": 1, "b": 1}

    def exposure(name):
        return unit_exponential(78, spell[name], f"absence/t/{name}", "o/t", 1) / rates[name]

    remaining = {name: exposure(name) for name in "ab"}
    now, expected = 0, []
    while True:
        name = min("ab", key=remaining.__getitem__)
        begin = now + remaining[name]
        if begin >= 1400:
            break
        other = "b" if name == "a" else "a"
        remaining[other] -= remaining[name]
        spell[name] += 1
        remaining[name] = exposure(name)
        expected.append((math.floor(begin), EVENT_ABSENT, 0))
        now = math.floor(begin) + lengths[name]
        if now < 1400:
            expected.append((now, EVENT_RETURN, 0))
    assert len(expected) >= 6
    assert events(luck) == expected


def shares(luck, at):
    """Numbers of workers who are present and absent at office instants, with every day open."""
    result = []
    for instant in at:
        state = np.array(luck.worker_state)
        now = {EVENT_HIRE: STATE_PRESENT, EVENT_RETURN: STATE_PRESENT, EVENT_ABSENT: STATE_ABSENT,
               EVENT_LEAVE: STATE_OUT}  # fmt: skip
        for time, worker, kind in zip(
            luck.roster_time, luck.roster_worker, luck.roster_kind, strict=True
        ):
            if time > instant:
                break
            state[worker] = now.get(int(kind), state[worker])
        result.append((np.sum(state == STATE_PRESENT), np.sum(state == STATE_ABSENT)))
    return np.array(result)


N = 4000
"""Seats of the tests of equilibrium: a share of 0.2 is known to 0.0063, so 5 errors are 0.032."""


@pytest.mark.parametrize("wrong", [False, True], ids=["", "wrong"])
def test_absence_starts_in_equilibrium(wrong):
    """At the start and later the same shares are absent, within 5 standard errors (1 in 10**6).

    Fixed lengths make the residual law matter: with residuals of the whole length (the wrong
    model) too many are still absent half a length after the start, and the test sees it: the
    difference would be 0.5 w / (1 + w) = 0.083, 13 errors.
    """
    laws = Laws()
    length = laws.fixed(400)
    residual = length if wrong else laws.table(stats.uniform(0, 400))
    kind = {"name": "a", "rate": 0.2 / 400, "length": length, "residual": residual, "mean": 400.0}
    seats = [{"number": i + 1} for i in range(N)]
    staff = people(seats, absences=(kind,))
    luck = deal(plan(n_days=14, laws=laws, people=staff, open_week=EVERY_DAY), 5)
    absent = shares(luck, (-1, 200, 399, 600, 1300))[:, 1] / N
    expected = 0.2 / 1.2
    error = math.sqrt(expected * (1 - expected) / N)
    within = np.abs(absent - expected) < 5 * error
    assert within[0]
    assert all(within) != wrong


def test_several_kinds_share_the_start_by_their_weights():
    """Absent by kind j with probability w_j / (1 + sum of w): chi-square, 1 in 10,000."""
    laws = Laws()
    kinds = tuple(
        {"name": name, "rate": weight / 400, "length": laws.fixed(400),
         "residual": laws.fixed(end), "mean": 400.0}
        for name, weight, end in (("a", 0.2, 10), ("b", 0.4, 20), ("c", 0.0, 30))
    )  # fmt: skip
    staff = people([{"number": i + 1} for i in range(N)], absences=kinds)
    luck = deal(plan(laws=laws, people=staff, open_week=EVERY_DAY), 6)
    first = {}
    for time, worker, kind in zip(
        luck.roster_time, luck.roster_worker, luck.roster_kind, strict=True
    ):
        if luck.worker_state[worker] == STATE_ABSENT:
            first.setdefault(int(worker), (int(time), int(kind)))
    assert set(first.values()) == {(10, EVENT_RETURN), (20, EVENT_RETURN)}
    ends = [time for time, _ in first.values()]
    observed = [ends.count(10), ends.count(20), N - len(ends)]
    assert stats.chisquare(observed, np.array([0.2, 0.4, 1.0]) / 1.6 * N).pvalue > 1e-4


def test_vacancies_start_in_equilibrium():
    """Vacant seats at the start and later are turnover * mean / (1 + turnover * mean) of all.

    Within 5 standard errors; a start with all seats filled would be 26 errors off.
    """
    laws = Laws()
    vacancy, residual = laws.fixed(300), laws.table(stats.uniform(0, 300))
    staff = people(
        [{"number": i + 1} for i in range(N)], turnover=(0.2 / 300, vacancy, residual, 300.0)
    )
    luck = deal(plan(n_days=14, laws=laws, people=staff, open_week=EVERY_DAY), 7)
    vacant = 1 - shares(luck, (-1, 150, 299, 700, 1300))[:, 0] / N
    expected = 0.2 / 1.2
    assert np.all(np.abs(vacant - expected) < 5 * math.sqrt(expected * (1 - expected) / N))
    # The first holder of a vacant seat is hired, and called its first.
    late = luck.worker_state == STATE_OUT
    assert np.all(luck.worker_hired[late] > 0)
    assert np.sum(late & (luck.worker_holder == 1)) == pytest.approx(vacant[0] * N)


def test_who_is_known_by_name_is_there_at_the_start():
    """Of seats that are vacant four times in five those with a name have somebody from 0 on.

    The next vacancy is drawn as that of any seat, and the seats without a name are as before.
    """
    laws = Laws()
    vacancy = laws.fixed(300)
    turnover = (4 / 300, vacancy, vacancy, 300.0)

    def dealt(named):
        seats = [{"number": i + 1, "named": int(i < named)} for i in range(20)]
        return deal(plan(n_days=14, laws=laws, people=people(seats, turnover=turnover)), 7)

    luck, before = dealt(8), dealt(0)
    first = luck.worker_holder == 1
    assert (luck.worker_state[first][:8] == STATE_PRESENT).all()
    assert (luck.worker_hired[first][:8] == 0).all()
    assert (before.worker_state[before.worker_holder == 1][:8] == STATE_OUT).sum() >= 3
    assert (luck.worker_left[first] < NEVER).sum() > 10
    for field in ("state", "hired", "left"):
        unnamed = [
            getattr(one, f"worker_{field}")[one.worker_seat > 8].tolist() for one in (luck, before)
        ]
        assert unnamed[0] == unnamed[1]


def test_absences_come_by_the_season():
    """Spells per day present in the high season are three times as many, within 5 errors."""
    laws = Laws()
    season = np.where(np.arange(71) < 35, 1.0, 3.0)
    kind = {"name": "a", "rate": 1 / 2000, "length": laws.fixed(1), "mean": 1e-9, "season": 0}
    staff = people([{"number": i + 1} for i in range(500)], absences=(kind,), season=(season,))
    luck = deal(plan(n_days=70, laws=laws, people=staff, open_week=EVERY_DAY), 8)
    times = luck.roster_time[luck.roster_kind == EVENT_ABSENT]
    low, high = np.sum(times < 3500), np.sum(times >= 3500)
    assert abs(low - 500 * 3500 / 2000) < 5 * math.sqrt(875)
    assert abs(high - 500 * 3 * 3500 / 2000) < 5 * math.sqrt(2625)


def test_spells_count_per_time_of_presence():
    """Long absences make fewer spells: rate * time * 1 / (1 + w), within 5 standard errors."""
    laws = Laws()
    length = laws.exponential(500.0)
    kind = {"name": "a", "rate": 1 / 500, "length": length, "residual": length, "mean": 500.0}
    staff = people([{"number": i + 1} for i in range(500)], absences=(kind,))
    luck = deal(plan(n_days=100, laws=laws, people=staff, open_week=EVERY_DAY), 9)
    spells = np.sum(luck.roster_kind == EVENT_ABSENT)
    # A renewal process with cycles of mean 1000 and variance 2 * 500**2.
    expected = 500 * 10_000 / 1000
    assert abs(spells - expected) < 5 * math.sqrt(expected * 0.5)


def check_consistency(table, luck):
    """Every worker's events, in order, make sense."""
    keys = list(zip(luck.roster_time, luck.roster_worker, luck.roster_kind, strict=True))
    assert keys == sorted(keys)
    assert all(0 <= time < table.time.horizon for time, _, _ in keys)
    for worker in range(len(luck.worker_copy)):
        state = luck.worker_state[worker]
        rate = luck.worker_rate[worker]
        left = False
        last_absent = -1
        for time, kind, value in events(luck, worker):
            assert not left
            if kind == EVENT_HIRE:
                assert state == STATE_OUT
                state = STATE_PRESENT
            elif kind == EVENT_RETURN:
                assert state == STATE_ABSENT
                assert time > last_absent
                state = STATE_PRESENT
            elif kind == EVENT_ABSENT:
                assert state == STATE_PRESENT
                assert value in (0, 1)
                state, last_absent = STATE_ABSENT, time
            elif kind == EVENT_ONBOARDED:
                assert rate < value == 1000
                rate = value
            elif kind == EVENT_LEAVE:
                assert state != STATE_OUT
                left = True
        assert left == (luck.worker_left[worker] != NEVER)
        assert (luck.worker_hired[worker] > 0) == (luck.worker_state[worker] == STATE_OUT)
    seats = list(zip(luck.worker_copy, luck.worker_seat, luck.worker_holder, strict=True))
    assert seats == sorted(seats)
    for before, after in pairwise(range(len(seats))):
        if seats[before][:2] == seats[after][:2]:
            assert seats[after][2] == seats[before][2] + 1
            assert luck.worker_left[before] < luck.worker_hired[after]


@pytest.mark.parametrize("seed", range(3))
def test_a_province_of_rosters_is_consistent(seed):
    """Absences never overlap, nobody comes back after leaving, everything is in order."""
    table = province(people=10)
    luck = deal(table, seed)
    check_consistency(table, luck)
    assert np.sum(luck.roster_kind == EVENT_LEAVE) >= 1
    assert np.sum(luck.roster_value[luck.roster_kind == EVENT_ABSENT]) >= 1


def test_rosters_are_consistent_where_everything_ties():
    """Four ticks a day, absences and vacancies of a tick or two, closed more than open."""
    laws = Laws()
    short = laws.discrete([(0.5, 1), (0.3, 2), (0.2, 9)])
    kinds = tuple(
        {"name": name, "rate": 0.3, "length": short, "residual": short, "mean": 3.0}
        for name in "ab"
    )
    staff = people(
        [{"number": i + 1, "until": 150 + i} for i in range(20)],
        absences=kinds,
        turnover=(0.2, short, short, 3.0),
        onboarding=(2, 500),
        cuts=((0, 60, 500), (0, 61, 400), (1, 62, 300)),
    )
    table = plan(n_days=60, day_ticks=4, open_week=(1, 0, 0, 1, 0, 1, 0), laws=laws, people=staff)
    for seed in range(20):
        check_consistency(table, deal(table, seed))


def test_another_seat_or_team_leaves_the_others_alone():
    """The events of a seat do not depend on which other seats there are."""
    small = province(people=10, offices=2)
    large = province(people=10, offices=3)
    few, many = deal(small, 4), deal(large, 4)
    n = len(few.worker_copy)
    assert np.array_equal(few.worker_left, many.worker_left[:n])
    assert [events(few, w) for w in range(n)] == [events(many, w) for w in range(n)]


def test_another_kind_of_absence_does_not_change_the_lengths_of_the_first():
    """Sickness lasts as long as before when leave, of one tick each, is added."""
    laws = Laws()
    length = laws.exponential(40.0)
    sickness = {"name": "sickness", "rate": 1 / 100, "length": length, "mean": 1e-9}
    leave = {"name": "leave", "rate": 1 / 50, "length": laws.fixed(1), "mean": 1e-9}

    def lengths(*kinds):
        staff = people(absences=kinds)
        luck = deal(plan(n_days=50, laws=laws, people=staff, open_week=EVERY_DAY), 10)
        times = luck.roster_time.tolist()
        spells = [b - a for a, b in zip(times[::2], times[1::2], strict=False)]
        return [spell for spell in spells if spell > 1]

    alone, together = lengths(sickness), lengths(leave, sickness)
    n = min(len(alone), len(together))
    assert n > 10
    assert alone[:n] == together[:n]


def test_a_kind_that_never_comes_changes_nothing():
    """A rate of zero is the same as no such absence."""
    laws = Laws()
    length = laws.exponential(40.0)
    kind = {"name": "a", "rate": 1 / 100, "length": length, "residual": length, "mean": 40.0}
    never = {**kind, "name": "never", "rate": 0.0}
    one, two = (
        deal(plan(n_days=50, laws=laws, people=people(absences=kinds), open_week=EVERY_DAY), 2)
        for kinds in ((kind,), (never, kind))
    )
    assert events(one) == events(two)
    assert len(events(one)) > 20


def test_more_events_than_room_was_made_for(monkeypatch):
    """A roster that outgrows its room is dealt again, and complete."""
    module = sys.modules["capsim.draws.deal"]
    table = province(people=10)
    expected = deal(table, 1)
    monkeypatch.setattr(module, "_expected_roster", lambda plan: (3, 5))
    cramped = deal(table, 1)
    assert events(expected) == events(cramped)
    assert np.array_equal(expected.worker_left, cramped.worker_left)


def test_employment_lasts_as_long_as_turnover_says():
    """Four years, 25 seats of 12 % a year in each of 10 replications: leavers within 5 errors."""
    leavers = 0
    for seed in range(10):
        leavers += int(np.sum(deal(province(people=10), seed).roster_kind == EVENT_LEAVE))
    weight = 0.12 * 120 / 365.25
    expected = 10 * 25 * 0.12 * N_DAYS * DAY / (365.25 * DAY) / (1 + weight)
    assert abs(leavers - expected) < 5 * math.sqrt(expected)
