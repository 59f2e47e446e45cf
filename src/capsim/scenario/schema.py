"""JSON schema of scenario files, for editors that complete and check while one types."""

from __future__ import annotations

from typing import Any

from capsim.scenario.tables.scenario import ScenarioFields

__all__ = ["json_schema"]

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """JSON schema (draft 2020-12) of a scenario file.

    It knows the fields and their types; `capsim check` also knows how they go together.

    Examples
    --------
    >>> json_schema()["title"]
    'capsim scenario'
    """
    schema: dict[str, Any] = ScenarioFields.model_json_schema(by_alias=True)
    duration = schema["$defs"]["Wave"]["properties"]["over"]["anyOf"][0]
    short_forms = {
        "Deadline": duration,
        "Room": {"type": "integer", "minimum": 0},
        "Trace": {
            "type": ["string", "array"],
            "items": {"type": ["number", "string"]},
            "description": "A CSV file beside the scenario, or a list of days or dates.",
        },
        "Counts": {
            "type": ["string", "object"],
            "description": "A CSV file beside the scenario, or a number for each period.",
        },
    }
    for table in schema["$defs"].values():
        if "law" in table.get("properties", {}):
            table["required"] = sorted({"law", *table.get("required", [])}, key=_law_first)
    schema = _with_short_forms(schema, duration, short_forms)
    schema["description"] = "A service, its staff and its applicants."
    return {"$schema": _DRAFT, **schema, "title": "capsim scenario"}


def _law_first(name: str) -> tuple[bool, str]:
    return name != "law", name


def _with_short_forms(node: Any, duration: dict[str, Any], short_forms: dict[str, Any]) -> Any:
    """The schema with the texts that may stand for a law, a deadline or a trace."""
    if isinstance(node, list):
        return [_with_short_forms(item, duration, short_forms) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: _with_short_forms(item, duration, short_forms) for key, item in node.items()}
    if "fixed" in node.get("discriminator", {}).get("mapping", {}):
        laws = {"oneOf": node.pop("oneOf"), "discriminator": node.pop("discriminator")}
        return {**node, "anyOf": [duration, laws]}
    name = str(node.get("$ref", "")).rpartition("/")[2]
    if name in short_forms:
        return {"anyOf": [short_forms[name], node]}
    return node
