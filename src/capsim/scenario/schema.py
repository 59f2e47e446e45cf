"""JSON schema of scenario files, for editors that complete and check while one types."""

from __future__ import annotations

from typing import Any

__all__ = ["json_schema"]


def json_schema() -> dict[str, Any]:
    """JSON schema (draft 2020-12) of a scenario file.

    Examples
    --------
    >>> json_schema()["title"]
    'capsim scenario'
    """
    from capsim.scenario.model import ScenarioFields

    schema = ScenarioFields.model_json_schema(by_alias=True)
    properties = schema["$defs"]["Inflow"]["properties"]
    trace = properties["trace"]
    trace["anyOf"] = [
        {"type": "string", "description": "Name of a CSV file beside the scenario."},
        {"type": "array", "items": {"type": ["number", "string"]}},
        *trace.get("anyOf", []),
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "capsim scenario",
    }
