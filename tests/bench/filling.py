"""Applications by the hundred thousand, straight into the tables: what the queue is measured on.

Seven in a hundred wait (performance.md section 1). Every row has a name of its own, a common word, one in a hundred has
another, and twenty share a third.
"""

import psycopg
from psycopg import sql

TABLES = ["application", "application_words"]
COMMON, UNCOMMON, RARE = "impianti", "coibentazione", "parola{}"
SHARED_BY = 20  # rows that have the same rare word
VOCABULARY, WORDS = 4000, 60  # of a document: short ones of a form, without its 60 ticks

ROWS = """
insert into application (id, number, sequence, kind, state, version, legal_category, supply_types, name, tax_code,
    vat_number, contact_email, contact_name, locale, created_at, touched_at, submitted_at, reviewed_since,
    assignee_subject, assignee_name, province, decided_at, decided_by_subject, decided_by_name)
select gen_random_uuid(), 'B-2026-' || n, n, 'first', state, 1, (array['SC', 'SP', 'DI', 'LP'])[1 + dice %% 4],
    '["works", "goods"]', 'Impresa ' || left(hash, 10) || ' S.r.l.', (10000000000 + n)::text, (10000000000 + n)::text,
    left(hash, 12) || '@example.com', 'Paolo Bianchi', 'it', at, at, at,
    case when state <> 'submitted' then at end, case when state <> 'submitted' then 'person' || dice %% 12 end,
    case when state <> 'submitted' then 'Persona ' || dice %% 12 end, (array['MI', 'LO', 'BG', 'EE-AT'])[1 + dice %% 4],
    case when state in ('approved', 'rejected') then at end,
    case when state in ('approved', 'rejected') then 'person1' end,
    case when state in ('approved', 'rejected') then 'Persona 1' end
from (
    select n, md5(n::text) as hash, now() - interval '20 days' + n * interval '1 second' as at, dice,
        case when dice < 700 then 'approved' when dice < 930 then 'rejected' when dice < 980 then 'submitted'
            else 'under_review' end as state
    from (select n, (n * 7919::bigint + n / 1000 * 31) %% 1000 as dice from generate_series(1, %(rows)s) n) numbered
) told
"""
TEXTS = """
insert into application_words (application_id, search, words)
select id, lower(concat_ws(' ', number, name, tax_code, vat_number, contact_email)),
    to_tsvector('italian', concat_ws(' ', case when sequence %% 2 = 0 then %(common)s end,
        case when sequence %% 100 = 0 then %(uncommon)s end, 'parola' || sequence / %(shared)s,
        (select string_agg('voce' || (power((sequence * 31 + k * 7919) %% 1000 / 1000.0, 3) * %(vocabulary)s)::int, ' ')
         from generate_series(1, %(words)s) k)))
from application where sequence > 0
"""
SPARE = """
select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) from pg_index i
where i.indrelid = any(%s::regclass[]) and not i.indisunique
"""


def fill(conninfo: str, rows: int) -> None:
    """Put that many rows into an empty database; indexes are made afterwards, which is many times quicker."""
    given = {"rows": rows, "common": COMMON, "uncommon": UNCOMMON, "shared": SHARED_BY, "vocabulary": VOCABULARY,
             "words": WORDS}  # fmt: skip
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("set maintenance_work_mem = '512MB'")
        indexes = connection.execute(SPARE, [TABLES]).fetchall()
        for name, _ in indexes:
            connection.execute(sql.SQL("drop index {}").format(sql.Identifier(name)))
        connection.execute(ROWS, given)
        connection.execute(TEXTS, given)
        for _, definition in indexes:
            connection.execute(definition)
        for table in TABLES:
            connection.execute(sql.SQL("vacuum (analyze) {}").format(sql.Identifier(table)))
