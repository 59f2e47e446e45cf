"""The rows of the table of `make bench`: what is measured, the floor to reach, the aim.

Each function measures one thing and gives back one or more rows. `size` in [0, 1] shrinks the work,
for a quick look and for the tests.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import capsim
from benchmarks import expert, pathway
from benchmarks.timing import cpu, in_process, medians, wall
from capsim.draws import deal
from capsim.engines import compiled, reference
from capsim.measures import reference_values
from capsim.plan import compile_plan
from capsim.plan.plan import Plan


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Attributes
    ----------
    what : str
        What is measured.
    floor, aim : float
        What was asked for; in the unit of `value`.
    value : float or None
        The measurement, None if it could not be made.
    unit : str
        "x" for ratios, where more is better; anything else is better the smaller it is.
    note : str
        More about the measurement.
    """

    what: str
    floor: float
    aim: float
    value: float | None
    unit: str = "x"
    note: str = ""

    @property
    def verdict(self) -> str:
        """How the measurement compares with what was asked for."""
        if self.value is None:
            return "not measured"
        sign = 1 if self.unit == "x" else -1
        if sign * self.value >= sign * self.aim:
            return "aim"
        return "floor" if sign * self.value >= sign * self.floor else "below the floor"


def repetitions(wanted: int, size: float) -> int:
    """How often to repeat at a size, at least once."""
    return max(1, round(wanted * size))


def prepared(scenario: capsim.Scenario) -> Plan:
    """The plan of a scenario, the engine being warm for it."""
    plan = compile_plan(scenario)
    compiled.measure(plan, 1, 0, 2)
    return plan


def simpy_replication(plan: Plan, replication: int = 0) -> Any:
    """A whole replication with its measures by the SimPy engine."""
    return reference_values(reference.run(plan, deal(plan, 1, replication)))


def against_simpy(size: float) -> list[Row]:
    """Whole replications with measures: both engines, and the model an expert would write."""
    rows = []
    for name, times, batch in (("office", 7, 50), ("province", 1, 5)):
        plan = prepared(pathway.scenario("office" if size < 0.5 else name))
        given = expert.Given(plan, deal(plan, 1, 0))
        by_simpy, by_expert, by_numba = medians(
            lambda plan=plan: simpy_replication(plan),
            lambda given=given: expert.run(given),
            lambda plan=plan, batch=batch: compiled.measure(plan, 1, 0, batch),
            times=repetitions(times, size),
        )
        by_numba /= batch
        note = f"{by_simpy * 1e3:,.0f} ms against {by_numba * 1e3:,.2f} ms"
        rows.append(
            Row(f"{name}: against the SimPy engine", 80, 250, by_simpy / by_numba, "x", note)
        )
        note = f"{by_expert * 1e3:,.0f} ms against {by_numba * 1e3:,.2f} ms"
        rows.append(
            Row(f"{name}: against an expert's SimPy model", 12, 50, by_expert / by_numba, "x", note)
        )
    return rows


def replications(size: float) -> list[Row]:
    """Milliseconds of a replication on one core, applicants and measures included."""
    rows = []
    for what, arguments, floor, aim, batch in (
        ("office: generalists", {"size": "office", "generalists": True}, 2.5, 0.9, 100),
        ("office: three specialist teams", {"size": "office"}, 1.2, 0.4, 100),
        (
            "province: 38 generalist offices",
            {"size": "province", "generalists": True, "offices": 38},
            120,
            50,
            4,
        ),
        ("province: one region, three teams", {"size": "province"}, 70, 25, 4),
    ):
        plan = prepared(pathway.scenario(**arguments))  # type: ignore[arg-type]
        n = repetitions(batch, size)
        (seconds,) = medians(
            lambda plan=plan, n=n: compiled.measure(plan, 1, 0, n), times=repetitions(7, size)
        )
        rows.append(Row(what, floor, aim, seconds / n * 1e3, "ms"))
    return rows


COUNTRY = """
import json, resource, sys, time
import capsim
from benchmarks import pathway
capsim.simulate(pathway.scenario("office"), seed=1, detail="measures").measures()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.process_time()
scenario = pathway.scenario(sys.argv[1], offices=int(sys.argv[2]))
run = capsim.simulate(scenario, seed=1, detail="measures")
run.measures()
seconds = time.process_time() - began
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"seconds": seconds, "gigabytes": (after - before) * 1024 / 1e9}))
"""


def country(size: float) -> list[Row]:
    """Seconds and memory of one replication of a country, in a process of its own.

    The engine is compiled before: compiling takes more memory than most runs.
    """
    prepared(pathway.scenario("office"))
    rows = []
    for what, offices in (("country", 1), ("country in 30 offices", 30)):
        if size >= 0.5:
            found = in_process(COUNTRY, "country", str(offices))
        else:
            found = in_process(COUNTRY, "province", str(min(offices, 3)))
        rows += [
            Row(f"{what}: one replication", 15, 5, found["seconds"], "s"),
            Row(f"{what}: peak memory over import", 1.0, 0.4, found["gigabytes"], "GB"),
        ]
    return rows


def province_study(size: float) -> list[Row]:
    """Minutes of ten thousand replications of the preset, from the rate of some dozens."""
    n = repetitions(60, size)
    scenario = capsim.load("limburg")
    capsim.replicate(scenario, n=2, seed=2, jobs=2)
    seconds = wall(lambda: capsim.replicate(scenario, n=n, seed=1, jobs=2))
    note = f"from {n} replications, {seconds / n * 1e3:,.0f} ms each"
    return [
        Row("10,000 replications of limburg, 2 cores", 15, 5, seconds / n * 1e4 / 60, "min", note)
    ]


def cores(size: float) -> list[Row]:
    """Two cores against one, by threads and by processes.

    Where other work goes on, the clock on the wall says how a machine divides its cores among
    programs, not what a program could do with two. So the value is twice the ratio of CPU times, a
    bound that is reached if nobody waits for anybody; what the clock said stands in the note.
    Processes take seconds to start: times are those of a longer study less those of a shorter one.
    """
    rows = []
    for name, few, many in (("office", 300, 1_800), ("province", 6, 36)):
        scenario = pathway.scenario(name if size >= 0.5 else "office")

        def study(n: int, jobs: int, backend: str, scenario: Any = scenario) -> Any:
            before, began = os.times(), time.perf_counter()
            capsim.replicate(scenario, n=n, seed=1, jobs=jobs, backend=backend)
            after = os.times()
            used = sum(after[:4]) - sum(before[:4])
            return np.array([used, time.perf_counter() - began])

        taken: dict[str, list[Any]] = {"serial": [], "threads": [], "processes": []}
        for _ in range(repetitions(3, size)):
            for backend, seconds in taken.items():
                jobs = 1 if backend == "serial" else 2
                longer = study(repetitions(many, size), jobs, backend)
                seconds.append(longer - study(repetitions(few, size), jobs, backend))
        one, threads, processes = (np.median(seconds, axis=0) for seconds in taken.values())
        for what, two in (("threads", threads), ("processes", processes)):
            by_cpu, by_clock = one / two
            note = f"by CPU time; {by_clock:.2f}x on the clock, on the machine as it was"
            rows.append(
                Row(f"{name}: two {what} against one core", 1.7, 1.95, 2 * by_cpu, "x", note)
            )
    return rows


def one_queue(size: float) -> list[Row]:
    """M/M/3 by the public interface, with the wait of every customer, against other simulators."""
    customers = repetitions(200_000, size)
    runs = repetitions(5, size)

    def seconds(who: str) -> float:
        found = in_process("benchmarks.mm3", who, str(customers), str(runs))
        return float(sorted(found["seconds"])[runs // 2])

    ours = seconds("capsim")
    rows = []
    for who, what, floor, aim in (
        ("simpy", "SimPy", 20, 80),
        ("ciw", "Ciw", 40, 160),
        ("cimba", "cimba, a process per customer", 5, 20),
        ("cimba-servers", "cimba, a process per server", 5, 20),
    ):
        try:
            theirs = seconds(who)
        except RuntimeError as error:
            rows.append(Row(f"M/M/3 against {what}", floor, aim, None, "x", str(error)))
            continue
        note = f"{theirs * 1e3:,.0f} ms against {ours * 1e3:,.0f} ms"
        rows.append(Row(f"M/M/3 against {what}", floor, aim, theirs / ours, "x", note))
    return rows


FIRST_RESULT = """
import capsim
capsim.simulate(capsim.load("one-office"), seed=1, detail="measures").measures()
"""
IMPORTED = """
import numba
import capsim
capsim.simulate(capsim.load("one-office"), seed=1, engine="simpy", detail="measures").measures()
"""
WARM_UP = """
from capsim.runs.warming import warmup
warmup()
"""


def starting(size: float) -> list[Row]:
    """Compilation into an empty cache, and a start that finds everything there. CPU time.

    Python keeps its bytecode, as it does unless it is told not to: a start that reads the sources
    of numpy, pandas and numba anew takes three times as long.
    """
    with tempfile.TemporaryDirectory() as cache:
        kept = {
            "NUMBA_CACHE_DIR": cache,
            "PYTHONPYCACHEPREFIX": str(Path(cache) / "bytecode"),
            "PYTHONDONTWRITEBYTECODE": "",
        }
        in_process(IMPORTED, **kept)
        cold = in_process(WARM_UP, **kept)
        starts = [in_process(FIRST_RESULT, **kept)["cpu"] for _ in range(repetitions(5, size))]
    warm = sorted(starts)[len(starts) // 2]
    return [
        Row(
            "compilation, cache empty",
            30,
            10,
            cold["cpu"],
            "s",
            f"{cold['wall']:.0f} s on the wall",
        ),
        Row("start to first result, compiled before", 2.5, 1.5, warm, "s"),
    ]


def overload(waiting: int, discipline: str = "fifo", patience: str = "") -> capsim.Scenario:
    """A team of three with half as many applicants again as it can serve.

    Parameters
    ----------
    waiting : int
        How many wait at the end.
    discipline : str
    patience : str
        So long that nobody leaves; it has to be watched nevertheless.
    """
    stage: dict[str, Any] = {
        "team": "desks",
        "work": {"law": "exponential", "mean": "1 h"},
        "deadline": "30 days",
    }
    if patience:
        stage["patience"] = {"law": "exponential", "mean": patience}
    return capsim.Scenario.model_validate(
        {
            "start": "2026-01-01",
            "horizon": f"{round(3 * waiting / 108)} days",
            "calendar": {"kind": "continuous"},
            "teams": {"desks": {"fte": 3, "discipline": discipline}},
            "stages": {"desk": stage},
            "inflows": {"applicants": {"rate": {"per_day": 108}}},
        }
    )


def waiting_lists(size: float) -> list[Row]:
    """Cost of an applicant when 40,000 wait, against 5,000."""
    few, many = repetitions(5_000, size), repetitions(40_000, size)
    rows = []
    for discipline in ("fifo", "deadline"):
        plans = [prepared(overload(n, discipline)) for n in (few, many)]
        for engine, times, run in (
            ("compiled", 7, lambda plan: compiled.measure(plan, 1, 0, 1)),
            ("SimPy", 1, lambda plan: reference.run(plan, deal(plan, 1, 0))),
        ):
            shorter, longer = medians(
                lambda run=run, plans=plans: run(plans[0]),
                lambda run=run, plans=plans: run(plans[1]),
                times=repetitions(times, size),
            )
            rows.append(
                Row(
                    f"{engine} engine, {discipline}: an applicant at 40,000 waiting against 5,000",
                    1.5,
                    1.2,
                    longer / many / (shorter / few),
                    "times",
                    f"{longer / (3 * many) * 1e6:.1f} us an applicant",
                )
            )
    return rows


def executor(size: float) -> list[Row]:
    """What the executor of studies costs beside two threads that only run the engine."""
    scenario = pathway.scenario("office")
    plan = prepared(scenario)
    n = 2 * repetitions(2_000, size)
    floor = 1 / 0.9  # nine tenths of the engine's own throughput

    def bare() -> None:
        halves = [
            threading.Thread(target=compiled.measure, args=(plan, 1, first, n // 2))
            for first in (0, n // 2)
        ]
        for half in halves:
            half.start()
        for half in halves:
            half.join()

    def with_store() -> None:
        with tempfile.TemporaryDirectory() as store:
            capsim.replicate(scenario, n=n, seed=1, jobs=2, store=store)

    engine, study, stored = medians(
        bare,
        lambda: capsim.replicate(scenario, n=n, seed=1, jobs=2),
        with_store,
        times=repetitions(5, size),
        clock=wall,
    )
    return [
        Row("study against the bare engine, in memory", floor, 1.1, study / engine, "times"),
        Row("study against the bare engine, stored on disk", floor, 1.1, stored / engine, "times"),
    ]


MEASUREMENTS: dict[str, Callable[[float], list[Row]]] = {
    "simpy": against_simpy,
    "replications": replications,
    "country": country,
    "limburg": province_study,
    "cores": cores,
    "mm3": one_queue,
    "start": starting,
    "waiting": waiting_lists,
    "executor": executor,
}
"""By the name that chooses them: ``python -m benchmarks country mm3``."""


def time_of(plan: Plan, times: int = 3, batch: int = 1) -> float:
    """Median CPU seconds of a replication by the compiled engine."""
    compiled.measure(plan, 1, 0, 1)
    return medians(lambda: compiled.measure(plan, 1, 0, batch), times=times)[0] / batch


__all__ = ["MEASUREMENTS", "Row", "cpu", "overload", "prepared", "time_of"]
