"""The life of applications over the real actions and PostgreSQL, against a model written from domain.md section 9.2.

Every verb is tried in every state by hand, and then in sequences that hypothesis makes up. The short form is part of
every run; the full figure of security.md (G5) is `long`.
"""

import copy
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from service.applications.states import State
from service.config import Settings, load_settings
from tests.conftest import in_process_environment
from tests.support.life import GONE, HELD, STAFF, STATES, TABLE, UNPROVEN, VERBS, Life

COMPANIES = (1, 2)
IN_VAIN = 5
MOST = 3  # applications at once; more make no other states


@pytest.fixture
def portal() -> Settings:
    """Settings for actions in one rolled-back transaction."""
    return load_settings(in_process_environment("postgresql+psycopg:///nessuna"))


def test_model_knows_every_state_of_the_service() -> None:
    assert {state.value for state in State} | {UNPROVEN, HELD} == set(STATES)
    assert {step.to for step in TABLE.values()} <= {*STATES, GONE}


@pytest.mark.parametrize("state", STATES)
def test_every_verb_in_every_state_does_what_the_table_says_or_nothing(
    session: Session, portal: Settings, state: str
) -> None:
    life = Life(session, portal)
    life.lead(1, state)
    kept = life.cases
    for verb in VERBS:
        life.cases = copy.deepcopy(kept)
        with session.begin_nested() as trial:
            life.act(verb, life.cases[-1])
            trial.rollback()
        session.expire_all()
    for verb in sorted(STAFF):
        life.cases = copy.deepcopy(kept)
        life.act_late(verb, life.cases[-1])


class Applications(RuleBasedStateMachine):
    """Companies begin applications; applicants, staff and time do to them whatever comes to mind."""

    engine: Engine
    portal: Settings
    tried: Counter[tuple[str, str]]

    def __init__(self) -> None:
        """Begin a transaction that is never committed."""
        super().__init__()
        self.connection = self.engine.connect()
        self.outer = self.connection.begin()
        session = Session(self.connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
        self.life = Life(session, self.portal, tried=self.tried)

    @initialize(state=st.sampled_from(STATES))
    def find(self, state: str) -> None:
        """Somebody has come that far."""
        self.life.lead(COMPANIES[0], state)

    @precondition(lambda self: len(self.life.cases) < MOST)
    @rule(company=st.sampled_from(COMPANIES))
    def begin(self, company: int) -> None:
        """A company begins another application."""
        self.life.start(company)

    @precondition(lambda self: bool(self.life.cases))
    @rule(which=st.integers(0, MOST - 1), choice=st.integers(0, 59))
    def go_on(self, which: int, choice: int) -> None:
        """Something happens that may happen."""
        case = self.life.cases[which % len(self.life.cases)]
        if allowed := self.life.allowed(case):
            note(f"{allowed[choice % len(allowed)]} in {case.state}")
            self.life.act(allowed[choice % len(allowed)], case)

    @precondition(lambda self: bool(self.life.cases))
    @rule(which=st.integers(0, MOST - 1), begin=st.integers(0, len(VERBS) - 1))
    def try_in_vain(self, which: int, begin: int) -> None:
        """Somebody tries what may not happen now, one thing after the other."""
        case = self.life.cases[which % len(self.life.cases)]
        refused = [verb for verb in VERBS[begin:] + VERBS[:begin] if self.life.expected(verb, case) is None]
        for verb in refused[:IN_VAIN]:
            note(f"{verb} in {case.state}")
            self.life.act(verb, case)

    @precondition(lambda self: bool(self.life.cases))
    @rule(which=st.integers(0, MOST - 1), verb=st.sampled_from(sorted(STAFF)))
    def come_late(self, which: int, verb: str) -> None:
        """Staff decide on a page that was drawn before the last step."""
        self.life.act_late(verb, self.life.cases[which % len(self.life.cases)])

    def teardown(self) -> None:
        """Take everything back."""
        self.life.session.close()
        self.outer.rollback()
        self.connection.close()


def explore(engine: Engine, portal: Settings, *, runs: int, steps: int) -> Counter[tuple[str, str]]:
    """Let hypothesis make up so many lives; gives which verbs were tried in which states how often."""
    tried: Counter[tuple[str, str]] = Counter()
    bound: type[RuleBasedStateMachine] = type(
        "Bound", (Applications,), {"engine": engine, "portal": portal, "tried": tried}
    )
    run_state_machine_as_test(
        bound,
        settings=settings(
            max_examples=runs, stateful_step_count=steps, deadline=None, database=None,
            phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    return tried


def test_lives_made_up_by_hypothesis(engine: Engine, portal: Settings) -> None:
    tried = explore(engine, portal, runs=100, steps=10)
    assert len(tried) > 60


@pytest.mark.long
def test_lives_made_up_by_hypothesis_long(engine: Engine, portal: Settings) -> None:
    tried = explore(engine, portal, runs=1000, steps=50)
    assert {(state, verb) for state in STATES for verb in VERBS} - set(tried) == set()
