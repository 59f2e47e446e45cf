"""`capsim office`: one office of one's own, on top of a preset."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from capsim.cli.failures import MISTAKE, guarded, stop
from capsim.cli.options import ScenarioArgument

FilesOption = Annotated[
    float, typer.Option("--open-files", metavar="N", help="Cases in guidance today.")
]
LateOption = Annotated[
    float | None,
    typer.Option("--late-share", metavar="SHARE", help="Of today's decisions, as in 0.2."),
]
PostsOption = Annotated[
    float | None, typer.Option("--posts", metavar="FTE", help="On these files, if known instead.")
]
MeetingsOption = Annotated[
    str | None,
    typer.Option("--meetings", metavar="TIME", help="Rhythm of the committee, as in '28 days'."),
]
AffectedOption = Annotated[
    float | None, typer.Option("--affected", metavar="N", help="People whom the waves hit here.")
]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="FILE.toml", help="Write the scenario there.")
]


@guarded
def office(
    preset: ScenarioArgument,
    open_files: FilesOption,
    late_share: LateOption = None,
    posts: PostsOption = None,
    meetings: MeetingsOption = None,
    affected: AffectedOption = None,
    name: Annotated[str, typer.Option("--name", help="Of the scenario.")] = "office",
    out: OutOption = None,
) -> None:
    """Make a scenario of your own office from a preset and a few figures."""
    if out is not None and out.suffix.lower() not in (".toml", ".json"):
        stop(f"--out {out}: is no scenario file; write a name that ends in .toml", MISTAKE)
    from capsim.experiments import office as office_of

    found = office_of(
        preset,
        open_files=_whole(open_files),
        late_share=late_share,
        posts=posts,
        meetings=meetings,
        affected=None if affected is None else _whole(affected),
        name=name,
    )
    typer.echo(repr(found))
    for path, entry in found.evidence.items():
        if entry.source.startswith(("capsim.office", "the centre's")):
            typer.echo(f"  {path} = {entry.value}  [{entry.certainty}] {entry.note}")
    if out is not None:
        found.save(out)
        typer.echo(f"Written to {out}. Next: capsim compare {out} -n 100 --seed 1")


def _whole(number: float) -> int:
    """The number as a whole one; another one is left for the library to refuse."""
    return int(number) if number.is_integer() else number  # type: ignore[return-value]
