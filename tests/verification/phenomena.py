"""Stories of SCIENCE.md section 5."""

from verification.case import Case


def cases() -> list[Case]:
    return []
