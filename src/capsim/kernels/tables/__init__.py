"""The tables of a plan and of a replication as named tuples: what kernels are given whole.

A field is added here, where it is made, and where it is read; nothing in between counts positions.
All arrays of a plan are C-contiguous and read-only, so that a kernel is compiled once.
"""

from capsim.kernels.tables.loop import Entering, Room, Tables, Triggers, Written
from capsim.kernels.tables.measured import Cases, Deciding, Money, Over, Paying, Rows, Windows
from capsim.kernels.tables.people import Applicants, Arrivals, Crew, People, Staff, Strain, Watches
from capsim.kernels.tables.service import Copies, Laws, Meetings, Network, Profiles, Rules, Time

__all__ = [
    "Applicants", "Arrivals", "Cases", "Copies", "Crew", "Deciding", "Entering", "Laws", "Meetings",
    "Money", "Network", "Over", "Paying", "People", "Profiles", "Room", "Rows", "Rules", "Staff",
    "Strain", "Tables", "Time", "Triggers", "Watches", "Windows", "Written",
]  # fmt: skip
