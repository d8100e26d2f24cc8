"""Transition tables: one literal list of rules per kind of record, and the pure step over it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from jingwu.terms.refusal import NotAllowed, Refusal

Facts = TypeVar("Facts")


@dataclass(frozen=True)
class Actor:
    """Who acts: an account's id and its roles in this record's scope (`AccountRole` values or 'system')."""

    id: str
    roles: frozenset[str]

    def __post_init__(self) -> None:
        if not self.id:
            raise ValueError("an actor has an id")


class Way(StrEnum):
    """What a rule is in the picture of the life cycle."""

    FORWARD = "forward"
    BACK = "back"
    EXIT = "exit"


@dataclass(frozen=True)
class State:
    """One state with its names; ``final`` states have no way out."""

    code: str
    zh: str
    en: str
    final: bool = False


@dataclass(frozen=True)
class Rule:
    """From any of ``sources`` the verb leads to ``target`` for the roles ``who`` when all guards hold.

    ``stamps`` are the time columns the step writes. A step back stamps again: the first time stays in the
    record's trail, the column shows the latest.
    """

    sources: tuple[str, ...]
    verb: str
    target: str
    who: tuple[str, ...]
    guards: tuple[str, ...] = ()
    stamps: tuple[str, ...] = ()
    way: Way = Way.FORWARD


@dataclass(frozen=True)
class Guard(Generic[Facts]):
    """A condition on the facts, and what to say when it does not hold; ``field`` is where to mend it."""

    name: str
    holds: Callable[[Facts, Actor, datetime], bool]
    zh: str
    en: str
    field: str = ""


@dataclass(frozen=True)
class TransitionTable(Generic[Facts]):
    """The life of one kind of record.

    Raises
        ValueError: a rule names an unknown state, verb or guard, a state and verb have two rules, a state
            cannot be reached, or a state that is not final has no way out.
    """

    kind: str
    initial: str
    states: tuple[State, ...]
    verbs: Mapping[str, tuple[str, str]]
    guards: tuple[Guard[Facts], ...]
    rules: tuple[Rule, ...]
    _by_step: dict[tuple[str, str], Rule] = field(init=False, repr=False, compare=False, default_factory=dict)
    _guards: dict[str, Guard[Facts]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        codes = {state.code for state in self.states}
        self._guards.update({guard.name: guard for guard in self.guards})
        if len(codes) != len(self.states) or len(self._guards) != len(self.guards):
            raise ValueError(f"{self.kind}: a state or guard is named twice")
        for rule in self.rules:
            strange = {*rule.sources, rule.target} - codes | set(rule.guards) - set(self._guards)
            if strange or rule.verb not in self.verbs or not rule.who:
                raise ValueError(
                    f"{self.kind}: rule {rule.verb} names {sorted(strange) or 'no verb or role'}"
                )
            for source in rule.sources:
                if (source, rule.verb) in self._by_step:
                    raise ValueError(f"{self.kind}: {source} and {rule.verb} have two rules")
                self._by_step[source, rule.verb] = rule
        self._check_paths(codes)

    def _check_paths(self, codes: set[str]) -> None:
        reached, frontier = {self.initial}, [self.initial]
        while frontier:
            source = frontier.pop()
            for (start, _), rule in self._by_step.items():
                if start == source and rule.target not in reached:
                    reached.add(rule.target)
                    frontier.append(rule.target)
        if codes - reached:
            raise ValueError(f"{self.kind}: cannot be reached: {sorted(codes - reached)}")
        with_way_out = {source for source, _ in self._by_step}
        for state in self.states:
            if state.final == (state.code in with_way_out):
                raise ValueError(f"{self.kind}: {state.code} must be final or have a way out, not both")

    def state(self, code: str) -> State:
        """Return the state of that code. Raises KeyError when there is none."""
        return {state.code: state for state in self.states}[code]

    def rule(self, state: str, verb: str) -> Rule | None:
        """Return the rule for ``verb`` from ``state``, or None."""
        return self._by_step.get((state, verb))

    def rules_from(self, state: str) -> tuple[Rule, ...]:
        """Return the rules that lead out of ``state``, in the order of the table."""
        return tuple(rule for rule in self.rules if state in rule.sources)

    def failing(self, rule: Rule, actor: Actor, facts: Facts, now: datetime) -> tuple[Guard[Facts], ...]:
        """Return the guards of ``rule`` that do not hold."""
        guards = (self._guards[name] for name in rule.guards)
        return tuple(guard for guard in guards if not guard.holds(facts, actor, now))


@dataclass(frozen=True)
class Transition:
    """One step to write down: a conditional UPDATE from ``source`` to ``target`` plus the stamps."""

    kind: str
    verb: str
    source: str
    target: str
    way: Way
    actor: str
    at: datetime
    stamps: Mapping[str, datetime]


@dataclass(frozen=True)
class Option:
    """What a person could do next with a record, and if not, why not (for a button and its hint)."""

    verb: str
    target: str
    way: Way
    label_zh: str
    label_en: str
    permitted: bool
    reasons_zh: tuple[str, ...] = ()
    reasons_en: tuple[str, ...] = ()


def apply(
    table: TransitionTable[Facts], state: str, verb: str, *, actor: Actor, facts: Facts, now: datetime
) -> Transition:
    """Return the step ``verb`` from ``state``.

    Raises
        NotAllowed: none of the actor's roles may take this step.
        Refusal: the verb does not start from this state, or guards do not hold (all of them are named).
        KeyError: the table has no such state or verb; a programmer's error.
    """
    if now.tzinfo is None:
        raise ValueError("now needs a time zone")
    here = table.state(state)
    verb_zh, verb_en = table.verbs[verb]
    rule = table.rule(state, verb)
    if rule is None:
        raise Refusal(
            f"{table.kind}.wrong_state",
            f"当前状态为“{here.zh}”,不能{verb_zh}",
            f"cannot {verb_en} while the state is '{here.en}'",
        )
    if actor.roles.isdisjoint(rule.who):
        raise NotAllowed(
            f"{table.kind}.not_allowed", f"您的岗位不能{verb_zh}", f"your roles do not allow to {verb_en}"
        )
    failing = table.failing(rule, actor, facts, now)
    if failing:
        raise Refusal(
            f"{table.kind}.{failing[0].name}",
            f"不能{verb_zh}: " + ";".join(guard.zh for guard in failing),
            f"cannot {verb_en}: " + "; ".join(guard.en for guard in failing),
            fields={guard.field: guard.zh for guard in failing if guard.field},
        )
    stamps = dict.fromkeys(rule.stamps, now)
    return Transition(table.kind, verb, state, rule.target, rule.way, actor.id, now, stamps)


def options(
    table: TransitionTable[Facts], state: str, *, actor: Actor, facts: Facts, now: datetime
) -> tuple[Option, ...]:
    """Return every step the actor's roles may take from ``state``; those whose guards fail say why."""
    found = []
    for rule in table.rules_from(state):
        if actor.roles.isdisjoint(rule.who):
            continue
        failing = table.failing(rule, actor, facts, now)
        zh, en = table.verbs[rule.verb]
        found.append(
            Option(
                rule.verb,
                rule.target,
                rule.way,
                zh,
                en,
                not failing,
                tuple(guard.zh for guard in failing),
                tuple(guard.en for guard in failing),
            )
        )
    return tuple(found)


def mermaid(table: TransitionTable[Facts], *, language: str = "zh") -> str:
    """Return the table as a Mermaid state diagram: steps back and side exits are marked ↩ and ⇥."""
    english = language.startswith("en")
    marks = {Way.FORWARD: "", Way.BACK: "↩ ", Way.EXIT: "⇥ "}
    lines = ["stateDiagram-v2"]
    for state in table.states:
        lines.append(f"    {state.code}: {state.en if english else state.zh}")
    lines.append(f"    [*] --> {table.initial}")
    for rule in table.rules:
        label = table.verbs[rule.verb][1 if english else 0]
        lines += [f"    {source} --> {rule.target}: {marks[rule.way]}{label}" for source in rule.sources]
    lines += [f"    {state.code} --> [*]" for state in table.states if state.final]
    return "\n".join(lines) + "\n"


def as_markdown(table: TransitionTable[Facts]) -> str:
    """Return the table as Markdown rows: from, verb, to, who, guards, stamps."""
    lines = ["| from | verb | to | who | guards | stamps |", "|---|---|---|---|---|---|"]
    for rule in table.rules:
        cells = [", ".join(part) or "–" for part in (rule.sources, rule.who, rule.guards, rule.stamps)]
        lines.append(f"| {cells[0]} | {rule.verb} | {rule.target} | {' | '.join(cells[1:])} |")
    return "\n".join(lines) + "\n"
