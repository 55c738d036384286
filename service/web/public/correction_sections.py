"""One section in a round of corrections: the form of its open fields beside what stays as it was sent, and its Salva."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from service import questionnaire
from service.applications import actions
from service.applications.actions.requesting import LONGEST_REPLY
from service.applications.corrections import working_version
from service.applications.states import ItemKind
from service.clock import utc_now
from service.errors import InvalidError, NotFoundError
from service.locales import N_, gettext, ngettext
from service.questionnaire import Field, Message, Parsed, Section
from service.web.answer_views import AnswerSection, Editing, answer_sections
from service.web.dates import clock_time
from service.web.flash import redirect
from service.web.forms import Posted, PostedForm, Problem
from service.web.public.clash_pages import Fresh, clash_page, label_of, not_asked_page, typed_rows
from service.web.public.correction_doors import HERE, CorrectionRoute, CurrentRound, NoRoundError, Round, find_round
from service.web.public.correction_views import REPLY, Wish, due_of, wishes_of
from service.web.public.draft_stamps import STAMP, Stamp, make_stamp, read_stamp
from service.web.public.two_devices import SEEN, Met, meet, seen_text
from service.web.section_form import SectionForm, build_form, only
from service.web.section_parts import blank_row, place_of_new_row
from service.web.session import CurrentApplicant
from service.web.templating import render, text_of
from service.web.transaction import Transaction

router = APIRouter(prefix=HERE, include_in_schema=False, route_class=CorrectionRoute)
MORE = "_aggiungi"
FROZEN = N_("Il modulo contiene dati che ICRI non ha chiesto di correggere. Torna alle integrazioni e riprova.")
Errors = Mapping[str, tuple[Message, ...]]
Replies = Mapping[str, str]


def purpose_of(section: str) -> str:
    """Name what a form of corrections is stamped for."""
    return f"integrazioni-{section}"


def open_section(round_: Round, slug: str) -> Section:
    """Give a section in which something is open. Raises: NotFoundError."""
    if slug not in round_.parts.fields:
        raise NotFoundError
    return next(one for one in questionnaire.SECTIONS if one.slug == slug)
