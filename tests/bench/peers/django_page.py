"""Django 5.2's page with the same questions: its forms, templates, CSRF and ORM, as its documentation teaches them.

The questions come as JSON (`BENCH_QUESTIONS`), read from our own page, so both ask the same; labels, hints, a region
for errors, a header and a footer are there. A signed cookie names the draft, whose one row of answers Django's ORM
reads from the same PostgreSQL over a persistent connection. That flatters Django: our page reads three rows (session,
application, answers).

Server: gunicorn's gthread, which performance.md names, is no dependency of the project. Of what is installed, uvicorn's
own WSGI interface (uvloop, httptools, ten threads) is measured: `python -m tests.bench page --servers` compares it with
Django's threaded development server and with Django under ASGI, and it costs Django least.
"""

import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings

PAGE = """{% extends "base.html" %}
{% block title %}{{ title }}{% endblock %}
{% block content %}
<h1>{{ title }}</h1>
{% if form.errors %}<div role="alert"><h2>Controlla i dati</h2><ul>
{% for field in form %}{% for error in field.errors %}<li><a href="#{{ field.id_for_label }}">{{ error }}</a></li>
{% endfor %}{% endfor %}</ul></div>{% endif %}
<form method="post" novalidate>
{% csrf_token %}
{% for field in form.hidden_fields %}{{ field }}{% endfor %}
{% for field in form.visible_fields %}
<div class="field{% if field.errors %} is-bad{% endif %}">
<label for="{{ field.id_for_label }}">{{ field.label }}
{% if field.field.required %}* (campo obbligatorio){% else %}(facoltativo){% endif %}</label>
{% if field.help_text %}<p id="{{ field.html_name }}-h">{{ field.help_text }}</p>{% endif %}
{% if field.errors %}<p id="{{ field.html_name }}-e">
{% for error in field.errors %}{{ error }}{% endfor %}</p>{% endif %}
{{ field }}
</div>
{% endfor %}
<button>Salva</button> <a href="/registrazione/bozza">Torna alle sezioni</a>
</form>
{% endblock %}
"""
BASE = """<!doctype html><html lang="it"><head><meta charset="utf-8">
<title>{% block title %}{% endblock %} - ICRI</title>
<link rel="stylesheet" href="/static/bootstrap.min.css"></head><body><a href="#contenuto">Vai al contenuto</a>
<header><a href="/">ICRI ProActive</a><ul><li><a href="/en">English</a></li>
<li><a href="/accedi">Accedi</a></li></ul></header>
<main id="contenuto">{% block content %}{% endblock %}</main>
<footer><nav aria-label="Informazioni"><ul><li><a href="/faq">Domande frequenti</a></li>
<li><a href="/assistenza">Supporto tecnico</a></li><li><a href="/privacy">Privacy</a></li></ul></nav></footer>
</body></html>
"""
SECTION = os.environ["BENCH_SECTION"]
database = json.loads(os.environ["BENCH_DATABASE"])
settings.configure(
    SECRET_KEY="solo-per-le-misure",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    LANGUAGE_CODE="it",
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql", "NAME": database["dbname"], "HOST": database["host"],
            "USER": database["user"], "CONN_MAX_AGE": None,
        }
    },
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
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

from django import forms  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.shortcuts import get_object_or_404, render  # noqa: E402
from django.urls import path  # noqa: E402


class Answers(models.Model):  # type: ignore[misc]  # noqa: DJ008
    """The product's own table."""

    application_id = models.UUIDField(primary_key=True)
    answers = models.JSONField()

    class Meta:  # noqa: D106
        app_label = "bench"
        managed = False
        db_table = "application_answers"


def _field(one: dict[str, Any]) -> Any:
    said = {"label": one["label"], "help_text": one["hint"], "required": one["required"]}
    kind, choices = one["kind"], [tuple(pair) for pair in one["choices"]]
    if kind == "checkbox" and len(choices) == 1:
        return forms.BooleanField(**said, initial=bool(one["value"]))
    if kind == "checkbox":
        widget = forms.CheckboxSelectMultiple
        return forms.MultipleChoiceField(**said, choices=choices, widget=widget, initial=one["value"])
    first = one["value"][0] if one["value"] else ""
    if kind in {"radio", "select"}:
        widget = forms.RadioSelect if kind == "radio" else forms.Select
        return forms.ChoiceField(**said, choices=choices, widget=widget, initial=first)
    widgets = {"textarea": forms.Textarea, "hidden": forms.HiddenInput}
    return forms.CharField(**said, widget=widgets.get(kind, forms.TextInput), initial=first)


QUESTIONS = json.loads(Path(os.environ["BENCH_QUESTIONS"]).read_text(encoding="utf-8"))
SectionForm = type("SectionForm", (forms.Form,), {one["name"]: _field(one) for one in QUESTIONS})


def enter(_request: HttpRequest, application_id: Any) -> HttpResponse:
    """Hand out the signed cookie of a draft."""
    response = HttpResponse()
    response.set_signed_cookie("draft", str(application_id))
    return response


def page(request: HttpRequest) -> HttpResponse:
    """Show the section with what was saved."""
    draft = get_object_or_404(Answers, pk=request.get_signed_cookie("draft"))
    saved = draft.answers.get(SECTION, {})
    known = {name: value for name, value in saved.items() if isinstance(value, str | bool | list)}
    return render(request, "page.html", {"form": SectionForm(initial=known), "title": SECTION.capitalize()})


urlpatterns = [path("enter/<uuid:application_id>", enter), path("page", page)]
application = get_wsgi_application()
asgi = get_asgi_application()


def serve_threaded(port: int) -> None:
    """Run Django's own threaded server, its connections kept alive as its documentation's `runserver` does."""
    from django.core.servers.basehttp import WSGIRequestHandler, run

    WSGIRequestHandler.log_message = lambda *_: None
    run("127.0.0.1", port, application, threading=True)


if __name__ == "__main__":
    serve_threaded(int(os.environ["BENCH_PORT"]))
