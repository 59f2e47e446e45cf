#!/usr/bin/env bash
# line-solver 3.0.8.0: the solver by normalizing constants treats several servers as one fast queue.
#
# An M/M/c queue has a product form, so that MVA and normalizing constants must agree. With load 0.8
# a server, a service of 3 and 3 servers the exact response time is 6.236; SolverMVA gives it, SolverNC
# gives 15 = 3 / (1 - 0.8), whatever the number of servers is: the wait grows threefold, and six servers at
# a load of 0.4 let people wait 2.0 instead of 0.03. The line that it prints says "approximate", no more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'line-solver==3.0.8.0'
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version
from math import factorial

from line_solver import Exp, Network, OpenClass, Queue, SchedStrategy, Sink, SolverMVA, SolverNC, Source


def response_time(solver, servers):
    """Mean time from arrival to departure: 0.8 people a day, a mean service of 3 days."""
    model = Network("office")
    source, desk = Source(model, "source"), Queue(model, "desk", SchedStrategy.FCFS)
    sink, people = Sink(model, "sink"), OpenClass(model, "people")
    desk.setNumberOfServers(servers)
    source.setArrival(people, Exp(0.8))
    desk.setService(people, Exp(1 / 3))
    model.link(Network.serialRouting(source, desk, sink))
    table = solver(model, verbose=False).getAvgTable()
    return float(table[table.Station == "desk"]["RespT"].iloc[0])


def exact(servers, load=2.4, service=3.0):
    """The formula of Erlang C."""
    below = sum(load**n / factorial(n) for n in range(servers))
    last = load**servers / factorial(servers) / (1 - load / servers)
    return service + last / (below + last) * service / (servers - load)


print("line-solver", version("line-solver"))
for servers in (3, 4, 6):
    mva, constants = response_time(SolverMVA, servers), response_time(SolverNC, servers)
    print(f"{servers} servers: exact {exact(servers):.4f}, MVA {mva:.4f}, NC {constants:.4f}")
    assert abs(mva - exact(servers)) < 1e-6
    assert abs(constants - 3 / (1 - 2.4 / servers)) < 1e-6
PYTHON
