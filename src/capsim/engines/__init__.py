"""What happens in a simulated service, and in which order: the contract of every engine.

An engine is a function of (plan, luck): no chance is left in it. There are two. `simpy` is the
reference, one readable process per applicant, and takes rules of the user's own. `compiled` does
the same in machine code. For the same plan and luck their logs are equal to the last integer,
also on a clock where nearly everything falls on the same instant. This page is what both of them
keep.

Time
----
1. **Two clocks.** *Office time* counts the seconds during which the office is open, from the
   first day on; a day has H of them. *Calendar time* is ``day * H + second of the office day``,
   so it has the same unit and also covers closed days. ``calendar(t) = open_day[t // H] * H + t %
   H``; ``office(c)`` is the first office instant at or after c, and never if c lies at or beyond
   the horizon. Instant ``d * H`` of office time is the opening of the d-th open day.
2. **Told times.** What happens at office instant t is told as calendar(t). The end of a visit is
   told as ``calendar(t - 1) + 1``: a visit that ends at closing time on Friday ends on Friday,
   not on Monday. What follows from a visit's end in calendar time is told, and counted, from that
   instant too: `served`, `ended`, `left`, the next stage's `joined`, a visit due at once, the
   start of a gap, of a patience, of the stay of a delay, the giving back of a place. `assigned`,
   `started`, the first visit's `due` of a caseworker stage and the taking of a place are always
   calendar(t).
3. **Delays** (gap, stay, lag, patience) last at least one tick, draws rounded half up, and end at
   ``office(begin + ticks)``; a delay in workdays at ``office(begin) + ticks``. A delay that
   starts with a visit's end at closing time may therefore end at the same office instant: it is a
   later event of that instant.
4. **Visits.** Client work is w whole seconds, rounded half up: what is drawn, times the burden
   of the case. With r = FTE x client share x
   onboarding rate of the worker when the visit starts, each in thousandths, the visit takes
   ``max(1, (w * 10**9 + r // 2) // r)`` office seconds.

The order of events
-------------------
5. **Key.** Events happen in the order of (office instant, rank, number). Ranks: 0 the changes of
   the roster, 1 end of a visit, 2 end of a delay, 3 meeting, 4 arrival, 5 end of a patience.
   Number: within ranks 1, 2, 4 and 5 case order, which is (applied, inflow, source, index) with
   initial cases first; meetings by (stage, office). A case has one appointment at a time.
6. **Roster.** All changes of one instant are one event: worker by worker in worker order (team
   copy, seat, holder), for each worker hire, return, onboarded, absent, leave, shortened,
   hours, off duty, on duty; at last reserves (rule 44). Then the teams concerned are settled in
   the order of copies: by the first office of the cluster, then by team.
7. **Consequences.** All that follows without time passing is over before the next event, and at a
   meeting before the next file. When a case moves: (a) its worker is free, and its place is given
   back unless it continues in the same team; (b) it joins its next stage; (c) the team it leaves
   is settled; (d) the team it joins is settled, if it is another; (e) room is judged (rule 14).
8. **Settling a team.** First assignments (rule 12), until the head of the list is blocked or
   nobody is left. Then starts (rule 10), one after the other, until none is possible.
9. **The opening.** Before the first event, changes of the roster at the first instant included,
   initial cases join in case order; then every copy is settled in order.

Waiting and being served
------------------------
10. **Starts.** A worker has a desk, where due visits of own cases wait; a team has a queue, where
    pooled visits wait. Candidates are the head of the queue, if a present employed worker is
    free, and the head of the desk of every such worker. The lowest key starts: (class, tie). The
    class orders by stage priority, then inflow priority, then under "returning_first" later
    visits before first ones. The tie is the order of joining; under "deadline" it is (due of the
    present stage, case order), those without a deadline last. A pooled visit goes to the worker
    who has been free longest: since the last visit's end, return, hire or the start of the run;
    ties: worker order.
11. **Nobody is interrupted.** A worker whose absence begins or whose employment ends during a
    visit finishes it.
12. **Assignment.** A case that enters a caseworker stage without a place in that team waits to be
    assigned. The list is ordered by (class, joining): handed-over cases before all new ones,
    among each the inflow's priority. The head goes to the employed present worker with room and
    the least load, ties in worker order. Effective FTE = (fte * rate + 500) // 1000 thousandths,
    at least 1; load = 1000 * weight // effective FTE; room: (weight + new) * 1000 <= limit *
    effective FTE, or no open case. A blocked head blocks those behind it. On assignment the first
    visit is due.
13. **Patience** runs while a case waits for its first visit (pooled) or its first assignment
    (caseworker, initial cases apart), and never again in that stay. Then it goes to `if_left`.
14. **Room.** After the consequences of the event in which a case joined: if it still waits for a
    first visit or an assignment, and more than `room` cases (handed-over and initial ones
    included) wait so at that stage and copy, it is turned away: it leaves the list, the team is
    settled, it joins `if_turned_away`, the team there is settled, and its room is judged there.
    Later visits, hand-overs and initial cases are never turned away. `room` is that of the case's
    own inflow.
15. **After a visit.** The work of a stage is over after its last visit (the number is drawn on
    joining), at or after the end of its `stay`, or by `closing`; else the next visit falls due
    after the gap, or at once without one. `closing` looks at the load of rule 12, the case itself
    included, before anything is given back.
16. **Stays with a caseworker** run from the first assignment. A gap that would end at or after
    the end of the stay is not awaited: the stay ends at its end. A visit that still waits then
    lapses; one in hand is finished. The stay runs on during hand-overs, and may end in the
    assignment list.
17. **Continuity.** A place is held through gaps and meetings. A case that moves on to a
    caseworker stage of the team in which it holds a place keeps worker and place: it is assigned
    at once, without queue and patience, and its first visit joins the desk at its end. Entering
    any other stage, or an exit, gives the place back.
18. **Decisions.** When the work of a stage that needs one is over, the file waits for a meeting
    of its stage and office. A meeting takes files in the order of (office instant of finishing,
    case order), at most `places` of them. A file finished at the meeting's instant is decided at
    it. *Urgent*: if the stage has a deadline until its end, and the next meeting (one at this
    very instant included) would be too late for it or there is none, a draw below `urgent`
    decides the file at once.

Staff
-----
19. **Hand-over.** When a worker leaves, or begins an absence that will last longer than
    `handover_after`, the open cases go back to the assignment list in case order; a case in
    mid-visit when its visit ends, even if the worker is back by then: its place is given back
    and, if another visit or a meeting is to come, it joins the list; otherwise it moves on
    without a place. Patience does not start again. Gaps and stays run on. A visit that is or
    becomes due joins the desk of the next worker, at its end, on assignment. A case that waits
    for a meeting waits in the list without a due visit, and leaves the list when it is decided. A
    stay that ends in the list leaves the case where it stands in it as long as it has to wait for
    a meeting.
20. **Shorter absence** leaves the desk waiting. An absent worker takes no new cases.
21. **Cuts** remove the highest seats, and shorten the last one if fractional: room and speed
    follow at once, an ongoing visit keeps its length, and nobody loses a case by being shortened.

Deadlines
---------
22. **Clock.** A deadline counts from the application until the stage `from` is entered again:
    every entry but the first starts it anew at `joined`, but for rule 29. An initial case has
    passed the stages before its own, so entering one of them is a return. Initial cases without
    age have no clock until such a return.
23. **Due.** In days: at the end of calendar day ``clock // H + days``; in hours: clock + ticks
    exactly; in workdays: at the end of that open day.
24. **Late.** In days and workdays: what is told at or after due, but a stay completed by a
    visit's end only if told after due (closing time belongs to the day that closes); in hours:
    what is told after due. Until "end": judged when the stage is completed, meeting included.
    Until "start": judged at the first start. A stay that ends unjudged (left, turned away, never
    visited) is late if it ends so, else unknown. Open at the horizon and unjudged: late if due <=
    the horizon, else unknown. Without a deadline: unknown.

Edges
-----
25. **Horizon.** Exclusive: nothing happens at it. Whoever is open then stays in every table. A
    case whose joining falls at or after it is no case of the run.
26. **Initial cases** joined their stage when they applied, `age` before the start, or at 0 if no
    age is told; their stay is marked as one of the first day. In a delay: the residual stay from 0.
    Pooled: they queue for their first visit, which fell due when they joined, with fresh patience
    from 0. Caseworker: they wait to be assigned in the class of handed-over cases, without
    patience. Whoever is assigned at office instant 0 has had this place, and a first visit, before:
    the next visit is number 2 and falls due after the residual gap from 0 (at 0 without a gap, in
    an event of rank 2), residual stay and residual visits count from 0. Whoever is assigned later
    has never been visited: the first visit is due on assignment, the number of visits is that of a
    new case, and the residual stay runs from the assignment. Such a case waits for its first visit
    like any other: in queues, unassigned, late.

    *In a list* (`initial.files`) what is known holds. A case joined at `since` and applied at
    `applied`; initial cases come in the order of joining, those of a list after others and in its
    order. Whoever has been visited (`visits_done`), or is with a worker, is in hand: the next visit
    has the number after the last one, it falls due as `next_visit` says, else after the gap given
    that it has lasted since `last_visit`, else after the residual gap (rank 2; at 0 if that is
    over); stay and number of visits are those of their laws given how long they have lasted, from
    `since` on. A worker who is named is employed at the opening (rule 39), absent or not, and
    keeps the case, whatever the room; if none is named, a case in hand waits with those handed
    over. Who has never been visited and has no worker waits as an initial case, but with the stay
    and visits of a new one. A list that tells of a caseworker's case neither visits nor worker,
    and names no worker in that stage, leaves both to the rule of those without a list. What has
    lasted as long as its law allows is over at the first opening.
27. **Rows.** A stay has a row from joining; `assigned` only in caseworker stages, `started` only
    with a visit. A visit has a row from falling due, whether it starts, lapses, or its case
    leaves; `lapsed` counts only visits that the end of a stay overtook; the worker of a visit is
    the one who starts it. The worker of a stay is the last one, by visit or assignment.
28. **Accounts.** Worked: w of every finished visit, and w * elapsed // duration of the one in
    hand at the horizon. Idle: office seconds employed, present and free, times r. Caseload: for
    every place, the calendar time from its assignment until it is given back, or the horizon; a
    place is also held while a worker who has left finishes the visit. The maximum counts cases
    right after assignments.

Legal clocks
------------
29. **Clocks that continue.** `on_return = "continue"`: entering `from` again leaves the clock as it
    is; a case without clock (an initial one of unknown age) gets it at its first return.
    `decision_days` counts from the same clock.
30. **Clocks that stand still.** When a case ends a stay in a stage that pauses deadlines, each of
    its clocks has stood still for `ended - joined` more. A due that is set later moves by all
    that its clock has stood still since it started, to the tick, also a due in days or workdays.
    The clock itself is told as it started, so `decision_days` counts the paused time.
31. **Meetings not held.** A meeting moves to the next open day first; if it is then a day of
    `closed`, it is not held, and its files wait for the next one.

Who comes
---------
32. **Applications.** Those of a rate, and of `counts`, are a Poisson process in calendar time,
    closed days included; weekday factors have mean 1 over a week. A number of `counts` is spread
    over its period by the weekday factors, evenly without any; a period that the run cuts keeps
    its share. With `counts_exact` each person has a uniform place of their own in the period, and
    one that lies outside the run is no case. Seasonality and growth change the rate alone.
33. **Weeks.** `dispersion` gives each week from Monday a gamma factor of mean 1 and variance
    (dispersion - 1) / m, where m is what the rate or the counts expect of applications (of
    groups) in that week; one that the run cuts has the factor of the whole week. Rate and counts
    have factors of their own, all offices the same.
34. **Together.** The people of a group apply at one instant and at one office, in the order of
    their index; the rate of groups is that of people over the mean of the group.
35. **Waves.** Person j = 0, 1, ... of n becomes entitled at the opening of the date plus (2j + 1)
    / 2n of `over`; whole ticks, rounded half up. The application comes a lag after that, counted
    from `ahead` earlier, but not from before 0. A change that is decided on the announcement of a
    wave has its lead counted from `notice` before the opening of the date, on closed days too.
36. **Offices.** The office is a keyed draw by the shares of the offices for the inflow; initial
    cases, and rows of a trace without office, have theirs by the same shares. Shares that an
    office has of an inflow leave the others their proportions.

Visits of another kind
----------------------
37. **Missed visits.** An uniform number of the visit says as it starts whether nobody comes. The
    worker then works what `costs` draws, and the visit is none of those that the stage needs: it
    is not counted as done, does not start the stay, has no first law of `work`, and `closing` does
    not look. The next visit falls due after its gap, or at once. It is a later visit in the queue
    even if no visit was held yet: patience and room look at the first appointment only. A stay
    that has ended meanwhile is over.
38. **A partner's visits.** The same number says of a visit of a caseworker stage that a partner
    does it, as it falls due, also while the case is in the assignment list. It takes no time, has
    no worker, and counts as done: it may start the stay and be its last visit. `closing` looks at
    the load of the case's worker; without one the load is 0. The next gap runs from its due. A
    first visit that falls due on assignment is an event of rank 2 of that instant.

Hiring and working days
-----------------------
39. **Posts.** A change adds posts at its date, or at its decision if each draws its lead: from then
    on they have seat numbers, and a cut takes the highest, filled or not. A post whose lead ends
    before the start is filled from the start. A post for which nobody is found has no worker.
    At the start a post may be vacant, as often as in the long run; but the seat of whoever a list
    of workers or of open cases names on the first day is filled then.
40. **Working days.** The lists of `weekdays` are dealt to the seats of a copy in turn. On an open
    day that is not in the list of its seat a worker is off duty, from the opening on: no visit
    starts and no time is idle, but a visit in hand is finished, and assignments, loads and
    hand-overs do not ask for it. Who comes on duty has been free since then. In rule 4 the hours
    of a day at work, FTE x open weekdays / own weekdays in thousandths, rounded half up, stand
    for FTE.

Places
------
41. **Places.** The places of a team copy are one caseload without a worker: rules 7, 12 to 14, 17
    and 18 hold for them, each case counts as one, and the list is ordered by the priority of the
    stage before that of the inflow. On assignment the stay starts (`started` is `assigned`; so it
    is for who comes with a place of the team), and it is over at the end of its `stay`, an event of
    rank 2. No visit falls due. Changes are events of the roster: a cut takes nobody's place away,
    and nobody is assigned until fewer are taken than there are. Rule 26 holds for initial cases:
    who is assigned at 0 has the residual stay from 0, who is assigned later from the assignment;
    that of a list is the stay given that it has lasted since `since`.

Plans that react
----------------
42. **Counting.** A trigger looks at the offices of each copy of the team that it changes apart, or
    at all offices together. It counts at the opening of every Monday of the run; a Monday on which
    the service is closed is counted at the next opening. That comes before everything else of the
    instant, in the event of rank 0. *Waiting* are those who have joined and not started, but for
    initial cases that were visited before the start; *open* those who have joined and not ended;
    *pending* those whose clock for the decision of the stage runs. *Caseload per FTE* is the weight
    of the places that a team's workers hold, or of the open stays in its stages if none of them is
    a caseworker's, over the contract FTE of those employed: compared is the weight with the level
    times FTE.
43. **Orders.** `for` so many weeks is one Monday more: when `when` has held at so many counts in a
    row, the reserve is ordered, and comes at the end of `lead`, at once without one. The order ends
    at the first later count at which `until` holds, or at the end of `at_most` after it was given,
    before anybody comes. Meanwhile `when` is not looked at; afterwards counting starts anew, with
    the next Monday's instant.
44. **Reserves.** Those of an order that ends leave, and those whose time has come are hired, after
    all other changes of the instant: trigger by trigger, copy by copy, seat by seat. They have the
    highest seats, which no cut takes, and working days as others; neither onboarding nor absence
    nor turnover. They hand over when they leave, as rule 19 says.

Turned away, and kept
---------------------
45. **Who is turned away.** With `turn_away = "least_urgent"` rule 14 turns away the last, in the
    order of rule 10 or 12, of those who wait so at that stage and copy, the case that joined
    included; but for initial cases, and for cases of an inflow without `room`. It goes to its own
    `if_turned_away`. For one who joins, one goes.
46. **Kept.** With `keep_place` a case that is done, and moves on to a stage with a team in which it
    does not continue, joins it and keeps its place, as long as it waits there in the sense of rule
    14; it waits under the rules of that stage. The place is given back, at calendar(t), when the
    case is assigned, starts its first visit, leaves, or is turned away; before a new one is taken;
    and when its worker leaves or is away so long that cases are handed over. The copies in which
    such places became free are settled after all others, in their order, and so on until there are
    none. It stays in the caseload and in the load until then. Initial cases keep none.

Leaving
-------
47. **Load.** With `turnover.load` each employment has a tenure in ticks, drawn as those without it,
    and uses it from its calendar instant of hiring on: in millionths of a tick, at the factor that
    belongs to the worker's load of rule 12, (load / norm) ** elasticity, at least one and at most
    ten. A load holds from calendar(t) of the event after which it is so until that of the next
    event that changes it, closed days included. The worker leaves at the first whole tick at which
    the tenure is used up; what follows is that of any who leave: a vacancy, and somebody else.
    Reserves do not leave, and at the start a seat is vacant as often as at a usual load.
"""

from __future__ import annotations

__all__ = ["DETAILS", "ENGINES", "engine_named"]

ENGINES = ("auto", "compiled", "simpy")
"""Names that `simulate` takes for `engine`."""

DETAILS = ("full", "measures")
"""Levels of detail of a log: all tables, or the measures alone."""


def engine_named(engine: str, *, has_rule: bool = False) -> str:
    """The engine that a choice means here: "compiled" or "simpy"; errors as in `simulate`."""
    if engine not in ENGINES:
        choices = ", ".join(repr(name) for name in ENGINES)
        raise ValueError(f"engine = {engine!r}: there is no such engine; choose one of {choices}")
    if engine == "simpy":
        return "simpy"
    if has_rule:
        if engine == "compiled":
            raise ValueError(
                "engine = 'compiled': rules given as `assign` or `choose` are Python functions, "
                "which machine code cannot call; leave the engine out or write engine='simpy'"
            )
        return "simpy"
    from capsim.engines.warming import tell_before_compiling, tell_what_is_lost
    from capsim.kernels.jit import REASON, REMEDY

    if not REASON:
        tell_before_compiling()
        return "compiled"
    if engine == "compiled":
        raise ImportError(
            f"engine = 'compiled': needs numba, and {REASON}; "
            f"{REMEDY}, or write engine='simpy' or 'auto'"
        )
    tell_what_is_lost()
    return "simpy"
