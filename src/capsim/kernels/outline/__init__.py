"""An outline of a replication: a recursion on the same applicants, the same roster, the same draws.

It is a yardstick of luck, not a model of the service. Each team copy is one stream of work that all
its workers present serve together, in order: the *level* of a copy is the client seconds that its
roster gives from the start on, piecewise linear over office time. Work that falls due is added to
what is promised, and begins when the level reaches what was promised before it: Lindley's recursion
(1952), in the time of the level. So a visit costs one search for an instant, and nobody is waited
for. For one worker who is always there it is the queue itself.

Cases of case managers hold places, as many as the workers employed have room for. Where the stay is
by a law, contacts are counted by the day: open cases x work / (rhythm + delay of the copy), times a
pace. Left out are whose worker is whose, classes of priority, limited room, places in meetings,
discipline other than order, and traces.

What it writes are stays in the shape of the engine's log, so that the same kernel measures both.
"""

from capsim.kernels.outline.recursion import outline
from capsim.kernels.outline.supply import supply
from capsim.kernels.outline.tables import (
    COPY_STATE,
    OUTLINE_FIELDS,
    SLOTS,
    Contacts,
    Memory,
    Supply,
)

__all__ = [
    "COPY_STATE",
    "OUTLINE_FIELDS",
    "SLOTS",
    "Contacts",
    "Memory",
    "Supply",
    "outline",
    "supply",
]
