"""The p-median as a mixed-integer program over the sites and pairs that a bound could not rule out.

With the Lagrangian bound L at prices u and an incumbent of cost U, pair (i, j) cannot be in a better solution
when L + max(0, c_ij − u_i) + max(0, ρ_j − ρ_cut) > U, where ρ_cut is the dearest site the relaxation opens.
Source: reduced-cost tests as in Beasley (1993), EJOR 65:383–399.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from jingwu.engines.response.arrays import BoolArray, FloatArray, IntArray
from jingwu.engines.response.siting.relaxation import reduced_costs
from jingwu.engines.response.siting.solver import MixedProgram, Outcome, solve


@dataclass(frozen=True, eq=False)
class MedianProgram:
    """The facts of one exact run; ``cost`` has shape (sites, clients), ``upper`` inf without incumbent."""

    cost: FloatArray
    p: int
    fixed_sites: tuple[int, ...]
    demand: FloatArray
    capacity: FloatArray | None
    price: FloatArray
    bound: float
    upper: float
    sites: IntArray
    assignment: IntArray
    whole: bool


@dataclass(frozen=True, eq=False)
class MedianAnswer:
    """What the solver found and vouches for; ``sites`` None = no point."""

    outcome: Outcome
    sites: IntArray | None
    assignment: IntArray | None
    cost: float
    bound: float | None


def surviving_pairs(program: MedianProgram) -> BoolArray:
    """Return which pairs, shape (sites, clients), may appear in a solution no dearer than the incumbent."""
    if not np.isfinite(program.upper):
        return np.ones(program.cost.shape, dtype=np.bool_)
    rho = reduced_costs(program.cost, program.price)
    is_fixed = np.zeros(rho.size, dtype=np.bool_)
    is_fixed[list(program.fixed_sites)] = True
    free = program.p - len(program.fixed_sites)
    extra = np.zeros(rho.size)
    if free:
        cut = np.partition(rho[~is_fixed], free - 1)[free - 1]
        extra = np.where(is_fixed, 0.0, np.maximum(0.0, rho - cut))
    else:
        extra[~is_fixed] = np.inf
    slack = program.upper - program.bound + 1e-6 * (1.0 + abs(program.upper))
    return extra[:, None] + np.maximum(0.0, program.cost - program.price) <= slack


def solve_median(program: MedianProgram, *, seconds: float, threads: int, seed: int) -> MedianAnswer:
    """Solve the reduced program with HiGHS, from the incumbent on."""
    keep = surviving_pairs(program)
    site_of, client_of = np.nonzero(keep)
    mixed, start = _build(program, site_of, client_of)
    answer = solve(mixed, seconds=seconds, threads=threads, seed=seed, start=start)
    if answer.values is None:
        return MedianAnswer(answer.outcome, None, None, float("inf"), answer.bound)
    sites_count = program.cost.shape[0]
    opened = np.flatnonzero(answer.values[:sites_count] > 0.5)
    if program.capacity is None:
        assignment = opened[program.cost[opened].argmin(axis=0)]
    else:
        pairs = np.zeros(program.cost.shape)
        pairs[site_of, client_of] = answer.values[sites_count:]
        assignment = pairs.argmax(axis=0)
    cost = float(program.cost[assignment, np.arange(assignment.size)].sum())
    return MedianAnswer(answer.outcome, opened, assignment, cost, answer.bound)


def _build(
    program: MedianProgram, site_of: IntArray, client_of: IntArray
) -> tuple[MixedProgram, FloatArray | None]:
    """Columns: one y per site, then one x per surviving pair."""
    sites, clients = program.cost.shape
    pairs = site_of.size
    arc = np.arange(pairs)
    columns = sites + pairs
    served = sparse.csr_matrix((np.ones(pairs), (client_of, sites + arc)), shape=(clients, columns))
    linked = sparse.csr_matrix(
        (
            np.concatenate([np.ones(pairs), -np.ones(pairs)]),
            (np.concatenate([arc, arc]), np.concatenate([sites + arc, site_of])),
        ),
        shape=(pairs, columns),
    )
    count = sparse.csr_matrix((np.ones(sites), (np.zeros(sites, int), np.arange(sites))), shape=(1, columns))
    blocks: list[sparse.csr_matrix] = [served, linked, count]
    low: list[FloatArray] = [np.ones(clients), np.full(pairs, -np.inf), np.array([float(program.p)])]
    high: list[FloatArray] = [np.ones(clients), np.zeros(pairs), np.array([float(program.p)])]
    if program.capacity is not None:
        room = np.minimum(program.capacity, program.demand.sum())
        blocks.append(
            sparse.csr_matrix(
                (
                    np.concatenate([program.demand[client_of], -room]),
                    (
                        np.concatenate([site_of, np.arange(sites)]),
                        np.concatenate([sites + arc, np.arange(sites)]),
                    ),
                ),
                shape=(sites, columns),
            )
        )
        low.append(np.full(sites, -np.inf))
        high.append(np.zeros(sites))
    upper = np.ones(columns)
    # A site without a surviving pair may still have to fill up the count: leave it free, it costs nothing.
    lower = np.zeros(columns)
    lower[list(program.fixed_sites)] = 1.0
    whole = np.zeros(columns, dtype=np.bool_)
    whole[:sites] = True
    whole[sites:] = program.capacity is not None
    cost = np.concatenate([np.zeros(sites), program.cost[site_of, client_of]])
    mixed = MixedProgram(
        cost, upper, whole, sparse.vstack(blocks).tocsr(), np.concatenate(low), np.concatenate(high),
        lower=lower, whole_objective=program.whole,
    )  # fmt: skip
    start = None
    if np.isfinite(program.upper):
        start = np.zeros(columns)
        start[program.sites] = 1.0
        start[sites:][program.assignment[client_of] == site_of] = 1.0
    return mixed, start
