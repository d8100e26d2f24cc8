"""人岗匹配: who holds which post, by min-cost flow with the law as missing arcs and wishes as costs.

One flow per legal category, since a post is allocated to a category. An arc exists only where law and recusal
allow it. People see their present office and the nearest others first; those left over are matched in a
second,
full round. Source: minimum-cost flow by cost scaling (Goldberg & Tarjan 1990), OR-Tools SimpleMinCostFlow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from ortools.graph.python import min_cost_flow

from jingwu.engines.staffing.eligibility import Eligibility
from jingwu.engines.staffing.facts import Beat, FloatArray, IntArray, Office, Person, StaffingParams
from jingwu.engines.staffing.roles import ROLES, roles_for
from jingwu.numerics.globe import great_circle_km
from jingwu.terms.people import PersonCategory

_COST_SCALE = 100  # points are kept to two decimals
_NEAREST_OFFICES = 8


@dataclass(frozen=True)
class Placement:
    """One person's post; ``distance_km`` from home, None when the home is not known."""

    person: str
    category: PersonCategory
    office: str
    role: str
    from_office: str | None
    distance_km: float | None
    from_distance_km: float | None
    skill_fits: bool | None

    @property
    def moved(self) -> bool:
        """Return whether the person served in another office before."""
        return self.from_office is not None and self.from_office != self.office


@dataclass(frozen=True)
class Assignment:
    """Everybody's post in the order of the people given, the people without one, the posts left open."""

    placements: tuple[Placement, ...]
    unposted: tuple[str, ...]
    open_posts: tuple[tuple[str, str, PersonCategory, int], ...]
    total_points: float


def distances_km(lon: FloatArray, lat: FloatArray, offices: Sequence[Office]) -> FloatArray:
    """Return great-circle kilometres (people, offices); NaN where a home is not known."""
    places = np.array([(office.lon, office.lat) for office in offices]).reshape(-1, 2)
    return great_circle_km(np.column_stack([lon, lat]), places)


def assign(
    people: Sequence[Person],
    offices: Sequence[Office],
    beats: Sequence[Beat],
    posts: Mapping[tuple[str, str, PersonCategory], int],
    params: StaffingParams,
) -> Assignment:
    """Match ``people`` to ``posts`` (heads by office, role, category) at the least total of
    considerations."""
    ordered = sorted(people, key=lambda person: person.code)
    eligibility = Eligibility(ordered, params)
    placements: list[Placement] = []
    unposted: list[str] = []
    open_posts: list[tuple[str, str, PersonCategory, int]] = []
    points = 0.0
    for category in PersonCategory:
        group = [person for person in ordered if person.category is category]
        wanted = {(o, r): n for (o, r, c), n in sorted(posts.items()) if c is category and n > 0}
        if not group:
            open_posts.extend((o, r, category, n) for (o, r), n in wanted.items())
            continue
        match = _CategoryMatch(group, offices, beats, wanted, eligibility, params)
        placements.extend(match.run())
        points += match.points
        placed = {placement.person for placement in placements}
        unposted.extend(person.code for person in group if person.code not in placed)
        open_posts.extend((o, r, category, n) for (o, r), n in match.left.items() if n > 0)
    placements, held_back = _with_officers(placements)
    unposted.extend(held_back)
    order = {person.code: index for index, person in enumerate(people)}
    placements.sort(key=lambda placement: order[placement.person])
    return Assignment(tuple(placements), tuple(sorted(unposted)), tuple(open_posts), points)


def _with_officers(placements: Sequence[Placement]) -> tuple[list[Placement], list[str]]:
    """Hold back helpers of offices whose officers' posts stayed open: the law lets nobody help alone
    (§3.1)."""
    led = {p.office for p in placements if p.category is PersonCategory.OFFICER}
    kept, held_back = [], []
    for placement in placements:
        helper = ROLES[placement.role].needs_officer or placement.role == "grid_mediation"
        if helper and placement.office not in led:
            held_back.append(placement.person)
        else:
            kept.append(placement)
    return kept, held_back


class _CategoryMatch:
    """The flow of one legal category."""

    def __init__(
        self,
        people: Sequence[Person],
        offices: Sequence[Office],
        beats: Sequence[Beat],
        wanted: Mapping[tuple[str, str], int],
        eligibility: Eligibility,
        params: StaffingParams,
    ) -> None:
        self.people, self.offices, self.params = people, offices, params
        self.left = dict(wanted)
        self.points = 0.0
        self.office_index = {office.code: index for index, office in enumerate(offices)}
        self.here = np.array(
            [self.office_index.get(person.office or "", -1) for person in people], dtype=np.int64
        )
        lon = np.array([np.nan if person.lon is None else person.lon for person in people])
        lat = np.array([np.nan if person.lat is None else person.lat for person in people])
        self.distance = distances_km(lon, lat, offices)
        self.roles = [role for role in roles_for(people[0].category) if any(r == role for _, r in wanted)]
        self.role_cost = np.array([[eligibility.points(p, role) for role in self.roles] for p in people])
        self.office_cost = self._office_cost(beats, eligibility)

    def _office_cost(self, beats: Sequence[Beat], eligibility: Eligibility) -> FloatArray:
        """Return points (people, offices): move, way to work, beats left behind; infinite where recused."""
        weights = self.params.weights
        known = np.nan_to_num(self.distance, nan=0.0)
        cost = known * weights.distance_points_per_km
        cost += np.maximum(known - weights.max_commute_km, 0.0) * weights.distance_points_per_km
        beat_office = {beat.responsible: beat.office for beat in beats if beat.responsible}
        for row, person in enumerate(self.people):
            here = int(self.here[row])
            if here >= 0:
                stays = cost[row, here]
                cost[row] += weights.move_points
                held = self.office_index.get(beat_office.get(person.code, ""), -1)
                if held >= 0:
                    cost[row] += weights.beat_loss_points
                    cost[row, held] -= weights.beat_loss_points
                cost[row, here] = stays if held in (-1, here) else stays + weights.beat_loss_points
            for office in person.barred_offices:
                if office in self.office_index:
                    cost[row, self.office_index[office]] = np.inf
            if not eligibility.may_serve(person):
                cost[row] = np.inf
        return cost

    def run(self) -> list[Placement]:
        everybody = np.arange(len(self.people))
        first = self._flow(everybody, self._near())
        remaining = np.array(sorted(set(everybody.tolist()) - {row for row, _, _ in first}), dtype=np.int64)
        second = []
        if len(remaining) and any(self.left.values()):
            second = self._flow(remaining, np.ones((len(remaining), len(self.offices)), dtype=bool))
        return [self._placement(row, office, role) for row, office, role in sorted(first + second)]

    def _near(self) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Return which offices (people, offices) each person sees in the first round."""
        count = len(self.offices)
        if count <= _NEAREST_OFFICES + 1:
            return np.ones((len(self.people), count), dtype=bool)
        near = np.zeros((len(self.people), count), dtype=bool)
        best = np.argpartition(self.office_cost, _NEAREST_OFFICES, axis=1)[:, :_NEAREST_OFFICES]
        near[np.arange(len(self.people))[:, None], best] = True
        has_office = self.here >= 0
        near[np.flatnonzero(has_office), self.here[has_office]] = True
        return near

    def _flow(
        self, rows: IntArray, sees: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    ) -> list[tuple[int, int, int]]:
        """Return (person row, office, role) of one flow and take the posts it fills from ``left``."""
        seats = [
            (self.office_index[office], self.roles.index(role), heads)
            for (office, role), heads in self.left.items()
            if heads > 0 and office in self.office_index
        ]
        if not seats:
            return []
        seat_office = np.array([seat[0] for seat in seats])
        seat_role = np.array([seat[1] for seat in seats])
        cost = self.office_cost[rows][:, seat_office] + self.role_cost[rows][:, seat_role]
        person_at, seat_at = np.nonzero(sees[:, seat_office] & np.isfinite(cost))
        arc_cost = np.rint(cost[person_at, seat_at] * _COST_SCALE).astype(np.int64)
        people, sink = len(rows), len(rows) + len(seats)
        # Staying without a post costs more than any chain of displaced people could save.
        idle_cost = 2 * (int(arc_cost.max(initial=0)) + 1) * (1 + min(people, 1000))
        flow = min_cost_flow.SimpleMinCostFlow()
        arcs = flow.add_arcs_with_capacity_and_unit_cost(
            person_at.astype(np.int32),
            (people + seat_at).astype(np.int32),
            np.ones(len(person_at), np.int64),
            arc_cost,
        )
        everybody = np.arange(people, dtype=np.int32)
        flow.add_arcs_with_capacity_and_unit_cost(
            everybody,
            np.full(people, sink, np.int32),
            np.ones(people, np.int64),
            np.full(people, idle_cost, np.int64),
        )
        flow.add_arcs_with_capacity_and_unit_cost(
            (people + np.arange(len(seats))).astype(np.int32),
            np.full(len(seats), sink, np.int32),
            np.array([seat[2] for seat in seats], np.int64),
            np.zeros(len(seats), np.int64),
        )
        flow.set_nodes_supplies(everybody, np.ones(people, np.int64))
        flow.set_node_supply(sink, -people)
        status = flow.solve()
        if status != flow.OPTIMAL:
            raise RuntimeError(f"the flow of {people} people ended with status {status}")
        used = np.flatnonzero(flow.flows(arcs) > 0)
        self.points += float(arc_cost[used].sum()) / _COST_SCALE
        taken = []
        for arc in used:
            office, role, _ = seats[int(seat_at[arc])]
            self.left[self.offices[office].code, self.roles[role]] -= 1
            taken.append((int(rows[person_at[arc]]), office, role))
        return taken

    def _placement(self, row: int, office: int, role: int) -> Placement:
        person, name = self.people[row], self.roles[role]
        here = int(self.here[row])
        kilometres = self.distance[row]

        def known(value: float) -> float | None:
            return None if np.isnan(value) else round(float(value), 2)

        return Placement(
            person.code,
            person.category,
            self.offices[office].code,
            name,
            person.office,
            known(kilometres[office]),
            known(kilometres[here]) if here >= 0 else None,
            (ROLES[name].skill in person.skills) if person.skills else None,
        )
