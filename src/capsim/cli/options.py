"""Arguments and options that several commands share."""

from __future__ import annotations

import re
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from capsim.scenario import Scenario


class Format(StrEnum):
    """File format of tables."""

    csv = "csv"
    parquet = "parquet"


class CsvStyle(StrEnum):
    """How tables are written as CSV."""

    plain = "plain"
    excel = "excel"


class Period(StrEnum):
    """Calendar periods."""

    week = "week"
    month = "month"
    quarter = "quarter"
    year = "year"


class Engine(StrEnum):
    """Which engine runs."""

    auto = "auto"
    compiled = "compiled"
    simpy = "simpy"


ScenarioArgument = Annotated[
    str, typer.Argument(metavar="FILE|PRESET", help="A scenario file, or the name of a preset.")
]
VariantOption = Annotated[
    str | None, typer.Option("--variant", metavar="NAME", help="A variant named in the file.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change one value, as in teams.guidance.fte=8; may be repeated.",
    ),
]
ReplicationsOption = Annotated[
    int, typer.Option("-n", "--replications", min=1, max=10**8, help="Number of replications.")
]
SeedOption = Annotated[
    int,
    typer.Option("-s", "--seed", min=0, max=2**64 - 1, help="Fixes all luck; any whole number."),
]
JobsOption = Annotated[
    int | None, typer.Option("--jobs", min=1, help="Cores to use; default all.", show_default=False)
]
InputOption = Annotated[
    list[str],
    typer.Option(
        "--input",
        metavar="PATH=LOW:HIGH",
        help="An uncertain setting: two ends as in inflows.reform.take_up=0.2:0.5, values with "
        "commas, or a law in TOML; repeated for several.",
    ),
]
MeasuresOption = Annotated[
    list[str],
    typer.Option(
        "--measure", metavar="NAME[OF]", help="As in late_share[investigation]; may be repeated."
    ),
]
ConfidenceOption = Annotated[
    float, typer.Option("--confidence", min=0.5, max=0.9999, help="Of what is said.")
]
RowReplicationsOption = Annotated[
    int,
    typer.Option(
        "-n",
        "--replications",
        min=1,
        max=10**8,
        help="Replications of each set of inputs.",
    ),
]


PlainOption = Annotated[
    bool,
    typer.Option(
        "--plain", help="Plain means: no outlines that tell how lucky the replications were."
    ),
]
OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR|FILE.xlsx",
        help="Write tables, figures and a manifest there; or a workbook with all of them.",
    ),
]
FormatOption = Annotated[Format, typer.Option("--format", help="Of the tables in --out.")]


ByOption = Annotated[
    Period | None,
    typer.Option("--by", help="Also tell what matters most by calendar period."),
]


def value_of(text: str) -> Any:
    """The value that a text means in a scenario file; what is no TOML is a text.

    Examples
    --------
    >>> value_of("8"), value_of("3 years"), value_of("true"), value_of("[1, 2]")
    (8, '3 years', True, [1, 2])
    """
    try:
        parsed = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    # A text with a line break could smuggle in further keys; then it is a text.
    return parsed["value"] if len(parsed) == 1 else text


def path_and_value(text: str, option: str) -> tuple[str, str]:
    """Both sides of the first equals sign.

    Raises
    ------
    typer.BadParameter
        Without a sign, or with nothing on one side of it.
    """
    path, sign, value = text.partition("=")
    if not sign or not path.strip() or not value.strip():
        raise typer.BadParameter(
            f"{text!r} is not PATH=VALUE; write for example teams.guidance.fte=8",
            param_hint=f"'{option}'",
        )
    return path.strip(), value.strip()


def values_of(text: str, option: str, *, parts: int) -> tuple[str, Any]:
    """Path and values: a span (a tuple), values with commas (a list), or a table.

    Parameters
    ----------
    text : str
        Such as ``teams.guidance.fte=4:12:0.5``.
    option : str
        For messages.
    parts : int
        Of a span: two ends, or two ends and a step.

    Examples
    --------
    >>> values_of("inflows.reform.take_up=0.2:0.5", "--input", parts=2)
    ('inflows.reform.take_up', (0.2, 0.5))
    >>> values_of("teams.guidance.discipline=fifo,deadline", "--input", parts=2)
    ('teams.guidance.discipline', ['fifo', 'deadline'])
    """
    path, value = path_and_value(text, option)
    whole = value_of(value)
    if isinstance(whole, list | dict):
        return path, whole
    ends = value.split(":")
    if len(ends) == parts and all(end.strip() for end in ends):
        _refuse_commas(text, value, option)
        return path, tuple(_plain(end) for end in ends)
    if len(ends) > 1:
        raise typer.BadParameter(
            f"{text!r}: write {'LOW:HIGH:STEP' if parts == 3 else 'LOW:HIGH'} or values with "
            "commas",
            param_hint=f"'{option}'",
        )
    return path, [_plain(one) for one in value.split(",")]


def _refuse_commas(text: str, value: str, option: str) -> None:
    """Name decimal commas in a span, in which no other comma can stand."""
    if "," in value:
        right = value.replace(",", ".")
        raise typer.BadParameter(
            f"{text!r}: decimals follow a point; write {right}", param_hint=f"'{option}'"
        )


def _plain(text: str) -> Any:
    value = value_of(text.strip())
    # Dates stay texts, as experiments take them.
    return value if isinstance(value, str | int | float | bool) else text.strip()


def several(texts: list[str], option: str, *, parts: int) -> dict[str, Any]:
    """Values by path of an option that is repeated.

    Raises
    ------
    typer.BadParameter
        If a path is given twice.
    """
    pairs = [values_of(text, option, parts=parts) for text in texts]
    found = dict(pairs)
    if len(found) < len(pairs):
        raise typer.BadParameter("one path is given twice", param_hint=f"'{option}'")
    return found


def overrides_of(settings: list[str] | None) -> dict[str, Any]:
    """Overrides that the ``--set`` options denote."""
    pairs = [path_and_value(text, "--set") for text in settings or ()]
    for path, value in pairs:
        if re.fullmatch(r"\+\s*[\d.]\S*", value):
            plain = value[1:].strip()
            raise typer.BadParameter(
                f"{path}={value} could be {plain} or {plain} more; --set replaces a value: write "
                f"{path}={plain}, or the sum",
                param_hint="'--set'",
            )
    return {path: value_of(value) for path, value in pairs}


def scenario_of(file: str, variant: str | None, settings: list[str] | None) -> Scenario:
    """The scenario that a command was asked for."""
    overrides = overrides_of(settings)
    from capsim.scenario import load

    scenario = load(file, variant)
    return scenario.with_(overrides) if overrides else scenario
