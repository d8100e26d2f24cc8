"""What siting is told and what it answers: distances, demand, limits; sites, assignment, bound, proof."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from jingwu.engines.response.arrays import FloatArray, IntArray, frozen, refuse_bad_numbers
from jingwu.terms.refusal import BadInput


class Proof(StrEnum):
    """How much is known about the distance from the optimum."""

    OPTIMAL = "optimal"
    """Objective and bound agree, or the solver itself says that it has proved the optimum."""
    BOUND = "bound"
    """The objective may be improvable, but by no more than the gap."""
    HEURISTIC = "heuristic"
    """No bound was computed."""


@dataclass(frozen=True, eq=False)
class SitingFacts:
    """Clients, candidate sites and the ways between them.

    ``distance``: shape (clients, sites), any one unit (metres, minutes), infinity = no way there.
    ``weight``: shape (clients,), the demand of each client (calls per year, persons); None = 1 each.
    ``fixed_sites``: sites that exist already and stay open. ``capacity``: shape (sites,), the weight a site
    can serve, None = no limit.
    Raises: BadInput for NaN or negative numbers, for no demand at all, and for clients no site can reach.
    """

    distance: FloatArray
    weight: FloatArray | None = None
    fixed_sites: tuple[int, ...] = ()
    capacity: FloatArray | None = None

    def __post_init__(self) -> None:
        if np.ndim(self.distance) != 2 or 0 in np.shape(self.distance):
            raise ValueError("distance must have shape (clients, sites), both at least 1")
        clients, sites = np.shape(self.distance)
        distance = frozen(self, "distance", np.float64, (clients, sites))
        refuse_bad_numbers(distance, "siting.distance_bad", "距离", "distances", allow_infinite=True)
        if self.weight is None:
            object.__setattr__(self, "weight", np.ones(clients))
        weight = frozen(self, "weight", np.float64, (clients,))
        refuse_bad_numbers(weight, "siting.weight_bad", "需求量", "demand weights")
        if not weight.sum() > 0:
            raise BadInput(
                "siting.zero_demand",
                "所有需求点的需求量都为零，无法选址。",
                "There is no demand at all to site for.",
            )
        if self.capacity is not None:
            capacity = frozen(self, "capacity", np.float64, (sites,))
            refuse_bad_numbers(capacity, "siting.capacity_bad", "容量", "capacities", allow_infinite=True)
        object.__setattr__(self, "fixed_sites", tuple(sorted(set(self.fixed_sites))))
        if self.fixed_sites and not (self.fixed_sites[0] >= 0 and self.fixed_sites[-1] < sites):
            raise ValueError("fixed_sites out of range")
        lost = np.flatnonzero(np.isinf(distance).all(axis=1))
        if lost.size:
            shown = "、".join(str(index) for index in lost[:10])
            raise BadInput(
                "siting.unreachable_clients",
                f"有 {lost.size} 个需求点从任何候选点都无法到达（序号 {shown}）。",
                f"{lost.size} clients cannot be reached from any candidate site (indices {shown}).",
            )

    @property
    def clients(self) -> int:
        """Return the number of clients."""
        return int(self.distance.shape[0])

    @property
    def sites(self) -> int:
        """Return the number of candidate sites."""
        return int(self.distance.shape[1])

    @property
    def demand(self) -> FloatArray:
        """Return ``weight``, filled in."""
        assert self.weight is not None
        return self.weight


@dataclass(frozen=True)
class Effort:
    """How hard to work, in counted steps, so that the same input gives the same output.

    ``rounds``: perturbed local searches. ``bound_steps``: subgradient steps for the lower bound (0 = none).
    ``exact_seconds``: time the exact solver (HiGHS) may take, 0 = not asked; a result that stopped at this
    limit says so. ``threads`` of the exact solver.
    """

    rounds: int = 400
    bound_steps: int = 600
    exact_seconds: float = 0.0
    threads: int = 1

    def __post_init__(self) -> None:
        if self.rounds < 1 or self.bound_steps < 0 or not self.exact_seconds >= 0 or self.threads < 1:
            raise ValueError("rounds and threads are at least 1, bound_steps and exact_seconds at least 0")


@dataclass(frozen=True, eq=False)
class SitingResult:
    """Chosen sites, who is served from where, and what is known about the optimum.

    ``units``: crews standing at each of ``sites`` (1 except in MEXCLP and DSM). ``assignment``: shape
    (clients,), the serving site's index, −1 where the client is not covered. ``bound``: no choice of sites
    can be better than this (a lower bound for costs, an upper bound for coverage); None = not computed.
    ``gap_share``: |objective − bound| ÷ |objective|. ``feasible``: False = the best choice found still breaks
    the model's hard conditions, as the words say.
    """

    model: str
    sites: tuple[int, ...]
    units: tuple[int, ...]
    assignment: IntArray
    objective: float
    bound: float | None
    gap_share: float | None
    proof: Proof
    words_zh: str
    words_en: str
    feasible: bool = True
    covered_share: float | None = None
    seed: int = 1
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        frozen(self, "assignment", np.int64, np.shape(self.assignment))
        if len(self.units) != len(self.sites):
            raise ValueError("units needs one number per site")
        if (self.bound is None) != (self.gap_share is None):
            raise ValueError("bound and gap_share come together")
        if self.proof is not Proof.HEURISTIC and self.bound is None:
            raise ValueError("a proof needs a bound")


def refuse_site_count(facts: SitingFacts, p: int) -> None:
    """Refuse a number of sites that the candidates, or the fixed sites, do not allow.

    Raises: BadInput.
    """
    if p < 1 or p > facts.sites:
        raise BadInput(
            "siting.p_out_of_range",
            f"要开设 {p} 个点，但候选点有 {facts.sites} 个；数量须在 1 与 {facts.sites} 之间。",
            f"{p} sites are asked for, but there are {facts.sites} candidates; choose 1 to {facts.sites}.",
        )
    if p < len(facts.fixed_sites):
        raise BadInput(
            "siting.p_below_fixed",
            f"已有固定点 {len(facts.fixed_sites)} 个，多于要开设的 {p} 个。",
            f"{len(facts.fixed_sites)} sites are fixed already, more than the {p} asked for.",
        )


def gap_of(objective: float, bound: float | None) -> float | None:
    """Return |objective − bound| ÷ |objective| (0 when both are 0)."""
    if bound is None:
        return None
    difference = abs(objective - bound)
    return 0.0 if difference == 0 else difference / max(abs(objective), 1e-12)
