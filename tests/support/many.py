"""Many applications out of one that was made through the real actions, copied by the database in a moment."""

from sqlalchemy import Engine, text

from service.applications.bulk.choosing import Chosen
from service.config import Settings
from service.database import transaction
from tests.factories.applications import make_under_review

# a row of a copy has for its ids those of the pattern, mixed with the number of the copy
COPY = """
insert into {table} {overriding}
select (jsonb_populate_record(one, jsonb_build_object({changes}))).*
from {table} one, generate_series(2, :count) n where {where} order by n
"""
MIXED = "'{0}', md5(one.{0}::text || n)::uuid"
OF_APPLICATION = "one.application_id = :id"
OF_DOCUMENTS = "one.document_id in (select id from document where application_id = :id)"
OF_FILES = (
    "one.version_id in (select v.id from document_version v join document d on d.id = v.document_id"
    " where d.application_id = :id)"
)
APPLICATION = """
'number', 'P-2026-' || lpad((5000 + n)::text, 4, '0'), 'sequence', 5000 + n,
'identity_key', one.identity_key || '-' || n, 'name', one.name || ' ' || n,
'contact_email', 'impresa' || n || '@example.com'
"""
TABLES = (
    ("application", ["id"], APPLICATION, "one.id = :id"),
    ("application_answers", ["application_id"], "", OF_APPLICATION),
    ("application_category", ["application_id"], "", OF_APPLICATION),
    ("verification", ["application_id"], "", OF_APPLICATION),
    ("document", ["id", "application_id"], "", OF_APPLICATION),
    ("document_version", ["id", "document_id"], "", OF_DOCUMENTS),
    ("document_file", ["id", "version_id"], "'key', one.key || '-' || n", OF_FILES),
)


def make_many(engine: Engine, settings: Settings, count: int) -> list[Chosen]:
    """Make so many that Anna has in review and that can be accepted; give their numbers and versions."""
    with transaction(engine) as session:
        first = make_under_review(session, settings)
        session.flush()
        for table, ids, changes, where in TABLES:
            told = ", ".join([*(MIXED.format(one) for one in ids), *([changes] if changes else [])])
            overriding = "overriding user value" if table == "verification" else ""
            query = COPY.format(table=table, overriding=overriding, changes=told, where=where)
            session.execute(text(query), {"id": first.id, "count": count})
        rows = session.execute(text("select number, version from application order by sequence"))
        return [Chosen(number, version) for number, version in rows]
