"""A workbook as a door: a head of service fills it in, and a scenario comes out.

`capsim template service.xlsx` writes it, `capsim.load("service.xlsx")` reads it. What a cell is,
its defined name says, which is the same in every language; so rows and columns may be moved.
"""

from capsim.records.workbook.service import read_service
from capsim.records.workbook.template import write_template

__all__ = ["read_service", "write_template"]
