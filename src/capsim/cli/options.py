"""Arguments and options that several commands share."""

from __future__ import annotations

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
EngineOption = Annotated[Engine, typer.Option("--engine", help="The numbers are the same.")]
StoreOption = Annotated[
    Path | None,
    typer.Option(
        "--store",
        metavar="DIR",
        help="Keep finished replications there, so that a killed study goes on.",
    ),
]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Write tables, figures and a manifest there."),
]
FormatOption = Annotated[Format, typer.Option("--format", help="Of the tables in --out.")]


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


def overrides_of(settings: list[str] | None) -> dict[str, Any]:
    """Overrides that the ``--set`` options denote."""
    pairs = (path_and_value(text, "--set") for text in settings or ())
    return {path: value_of(value) for path, value in pairs}


def scenario_of(file: str, variant: str | None, settings: list[str] | None) -> Scenario:
    """The scenario that a command was asked for."""
    overrides = overrides_of(settings)
    from capsim.scenario import load

    scenario = load(file, variant)
    return scenario.with_(overrides) if overrides else scenario
