"""Django 5.2's page of the same queue, signed in: ListView, Paginator, forms, sessions and ORM as its docs teach them.

The controls of the filter come as JSON (`BENCH_QUESTIONS`), read from our own page, so both offer the same choices;
rows show the same columns and marks, from the same tables (models without migrations) in the same PostgreSQL. Who is
signed in stands in Django's own tables, which its `migrate` makes beside ours.

Server: as `django_page`.
"""

import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings

BASE = """<!doctype html><html lang="it"><head><meta charset="utf-8">
<title>{% block title %}{% endblock %} - ICRI</title>
<link rel="stylesheet" href="/static/bootstrap.min.css"></head><body><a href="#contenuto">Vai al contenuto</a>
<header><a href="/">ICRI ProActive</a> {{ user.get_full_name }} <a href="/cambia-password">Cambia password</a>
<form method="post" action="/esci">{% csrf_token %}<button>Esci</button></form></header>
<nav aria-label="Principale"><ul>{% for name in navigation %}<li><a href="/{{ name }}">{{ name }}</a></li>
{% endfor %}</ul></nav>
<main id="contenuto">{% block content %}{% endblock %}</main>
<footer><nav aria-label="Informazioni"><ul><li><a href="/faq">Domande frequenti</a></li>
<li><a href="/assistenza">Supporto tecnico</a></li><li><a href="/privacy">Privacy</a></li></ul></nav></footer>
</body></html>
"""
PAGE = """{% extends "base.html" %}
{% block title %}Richieste{% endblock %}
{% block content %}
<h1>Richieste</h1>
<form method="get" role="search">{% for field in form %}
<div><label for="{{ field.id_for_label }}">{{ field.label }}</label>{{ field }}</div>{% endfor %}
<button>Filtra</button></form>
<p role="status">{{ paginator.count }} richieste</p>
<table><caption>Richieste di prequalifica</caption><thead><tr>
<th scope="col">Numero</th><th scope="col"><a href="?ordine=nome">Società</a></th><th scope="col">Stato</th>
<th scope="col" aria-sort="ascending"><a href="?ordine=recenti">Ricevuta</a></th><th scope="col">Assegnata a</th>
<th scope="col">Giorni</th><th scope="col">Termine</th></tr></thead><tbody>
{% for one in object_list %}<tr>
<th scope="row"><a href="/gestione/richieste/{{ one.number }}">{{ one.number }}</a></th>
<td>{{ one.name }} {{ one.legal_category }}</td>
<td><span class="tag">{{ one.get_state_display }}</span>
{% if one.hold %}<span class="tag">Possibile duplicato</span>{% endif %}
{% if one.warned %}<span class="tag">Avvisi</span>{% endif %}
{% if one.proposed %}<span class="tag">Esito</span>{% endif %}
{% if one.doubtful %}<span class="tag">Dubbia</span>{% endif %}
{% if one.alike %}<span class="tag">Simile</span>{% endif %}
{% if one.rounds.all %}<span class="tag">Integrazioni</span>{% endif %}</td>
<td>{{ one.submitted_at|date:"d/m/Y" }}</td><td>{{ one.assignee_name|default:"-" }}</td>
<td>{{ one.days }}</td><td>{{ one.promised|date:"d/m/Y" }}</td></tr>
{% endfor %}</tbody></table>
<nav aria-label="Pagine">
{% if page_obj.has_previous %}<a href="?page={{ page_obj.previous_page_number }}">Precedenti</a>
{% endif %}{% if page_obj.has_next %}<a href="?page={{ page_obj.next_page_number }}">Successive</a>{% endif %}</nav>
{% endblock %}
"""
NAVIGATION = ("richieste", "fornitori", "scadenze", "inviti", "esclusi", "attivita", "registro", "impostazioni")
STATES = {"submitted": "Inviata", "under_review": "In valutazione", "information_requested": "Integrazioni richieste",
          "approved": "Accettata", "rejected": "Respinta", "withdrawn": "Ritirata", "expired": "Scaduta"}  # fmt: skip
OPEN = tuple(STATES)[:3]
database = json.loads(os.environ["BENCH_DATABASE"])
settings.configure(
    SECRET_KEY="solo-per-le-misure",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    TIME_ZONE="Europe/Rome",
    LANGUAGE_CODE="it",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    LOGIN_URL="/accedi",
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql", "NAME": database["dbname"], "HOST": database["host"],
            "USER": database["user"], "CONN_MAX_AGE": None,
        }
    },
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "context_processors": ["django.contrib.auth.context_processors.auth"],
                "loaders": [
                    ("django.template.loaders.cached.Loader", [
                        ("django.template.loaders.locmem.Loader", {"page.html": PAGE, "base.html": BASE}),
                    ]),
                ],
            },
        }
    ],
)  # fmt: skip

import django  # noqa: E402 - the settings come first

django.setup()

from datetime import timedelta  # noqa: E402

from django import forms  # noqa: E402
from django.contrib.auth import get_user_model, login  # noqa: E402
from django.contrib.auth.mixins import LoginRequiredMixin  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models  # noqa: E402
from django.db.models import Exists, OuterRef, Q  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402
from django.views.generic import ListView  # noqa: E402

DECISION_DAYS = 30


def _beside(name: str, table: str, **fields: Any) -> Any:
    """Make a model of one of our tables that belong to an application."""
    meta = type("Meta", (), {"app_label": "bench", "managed": False, "db_table": table})
    return type(name, (models.Model,), {"__module__": __name__, "Meta": meta, **fields})


class Application(models.Model):  # type: ignore[misc]  # noqa: DJ008
    """The product's own table, of which the page shows these."""

    id = models.UUIDField(primary_key=True)
    number = models.CharField()
    sequence = models.BigIntegerField()
    state = models.CharField(choices=STATES.items())
    hold = models.CharField(null=True)  # noqa: DJ001
    name = models.CharField()
    legal_category = models.CharField()
    submitted_at = models.DateTimeField()
    assignee_subject = models.CharField(null=True)  # noqa: DJ001
    assignee_name = models.CharField(null=True)  # noqa: DJ001

    class Meta:  # noqa: D106
        app_label = "bench"
        managed = False
        db_table = "application"

    @property
    def days(self) -> int:
        """Count the days since it was sent."""
        return int((timezone.localdate() - timezone.localdate(self.submitted_at)).days)

    @property
    def promised(self) -> Any:
        """Give the day of the answer."""
        return timezone.localdate(self.submitted_at) + timedelta(days=DECISION_DAYS)


def _owner(name: str = "+") -> Any:
    return models.ForeignKey(Application, models.DO_NOTHING, related_name=name)


Round = _beside("Round", "information_request", application=_owner("rounds"), asked_at=models.DateTimeField(),
                answered_at=models.DateTimeField(null=True), id=models.UUIDField(primary_key=True))  # fmt: skip
Warned = _beside("Warned", "application_warning", application=_owner())
Proposed = _beside("Proposed", "proposal", application=_owner(), ended_at=models.DateTimeField(null=True),
                   id=models.UUIDField(primary_key=True))  # fmt: skip
Doubtful = _beside("Doubtful", "section_verdict", application=_owner(), verdict=models.CharField(),
                   section=models.CharField(primary_key=True))  # fmt: skip
Alike = _beside("Alike", "resemblance", application=_owner(), mark=models.CharField(null=True),
                id=models.UUIDField(primary_key=True))  # fmt: skip


def _field(one: dict[str, Any]) -> Any:
    said = {"label": one["label"], "required": False}
    choices = [tuple(pair) for pair in one["choices"]]
    if one["kind"] == "checkbox":
        return forms.MultipleChoiceField(**said, choices=choices, widget=forms.CheckboxSelectMultiple)
    if one["kind"] == "select" and one["name"] == "assegnatario":
        return forms.ChoiceField(**said, choices=_people)
    return forms.ChoiceField(**said, choices=choices) if one["kind"] == "select" else forms.CharField(**said)


def _people() -> list[tuple[str, str]]:
    found = Application.objects.filter(assignee_subject__isnull=False).values_list("assignee_subject", "assignee_name")
    return [("", "Chiunque"), ("me", "A me"), ("nobody", "A nessuno"), *found.distinct().order_by("assignee_name")]


QUESTIONS = json.loads(Path(os.environ["BENCH_QUESTIONS"]).read_text(encoding="utf-8"))
FilterForm = type("FilterForm", (forms.Form,), {one["name"]: _field(one) for one in QUESTIONS})


class Queue(LoginRequiredMixin, ListView):  # type: ignore[misc]
    """The page."""

    template_name = "page.html"
    paginate_by = 25

    def get_queryset(self) -> Any:
        """Give what is asked for, with the marks of each row."""
        self.form = FilterForm(self.request.GET)
        asked = self.form.cleaned_data if self.form.is_valid() else {}
        mine = {"application": OuterRef("pk")}
        rows = Application.objects.filter(
            state__in=[asked["stato"]] if asked.get("stato") in STATES else OPEN
        ).annotate(
            warned=Exists(Warned.objects.filter(**mine)),
            proposed=Exists(Proposed.objects.filter(**mine, ended_at=None)),
            doubtful=Exists(Doubtful.objects.filter(**mine, verdict="doubtful")),
            alike=Exists(Alike.objects.filter(**mine, mark=None)),
        )
        if asked.get("q"):
            rows = rows.filter(Q(name__icontains=asked["q"]) | Q(number__icontains=asked["q"]))
        if asked.get("categoria"):
            rows = rows.filter(legal_category=asked["categoria"])
        return rows.prefetch_related("rounds").order_by("sequence")

    def get_context_data(self, **given: Any) -> Any:
        """Add the form."""
        return super().get_context_data(form=self.form, navigation=NAVIGATION, **given)


def enter(request: HttpRequest) -> HttpResponse:
    """Sign somebody in."""
    call_command("migrate", verbosity=0)
    user, _ = get_user_model().objects.get_or_create(username="anna", first_name="Anna", last_name="Bassi")
    login(request, user)
    return HttpResponse()


urlpatterns = [path("enter", enter), path("page", Queue.as_view())]
application = get_wsgi_application()
