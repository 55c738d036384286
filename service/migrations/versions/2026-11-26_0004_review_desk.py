"""The review desk: checks, verdicts, opinions, proposals, likenesses, batches, exports, exclusions, editions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

APPEND_ONLY = """
create or replace function audit_event_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name;
end $$;
create trigger audit_seal_append_only before update or delete on audit_seal
 for each row execute function audit_event_is_append_only();
create trigger audit_seal_no_truncate before truncate on audit_seal
 for each statement execute function audit_event_is_append_only();
create function audit_seal_is_next() returns trigger language plpgsql as $$
begin
  if new.number <> coalesce((select max(number) from audit_seal), 0) + 1
     or octet_length(new.hash) <> 32 or octet_length(new.event_mac) <> 32 then
    raise exception 'audit_seal takes the next seal only';
  end if;
  return new;
end $$;
create trigger audit_seal_next before insert on audit_seal for each row execute function audit_seal_is_next();
"""
PLAIN = "translate(lower({}), 'àáâäãèéêëìíîïòóôöõùúûüçñ', 'aaaaaeeeeiiiiooooouuuucn')"
# the values as they are stored: with the next sending they are those that staff read
FILL_WORDS = f"""
    insert into application_words (application_id, search, words)
    select a.id, {PLAIN.format("a.search")}, to_tsvector('italian', {PLAIN.format("left(coalesce(v.told, ''), 100000)")})
    from application a
    join application_answers r on r.application_id = a.id
    cross join lateral (
        select string_agg(one #>> '{{}}', ' ') as told
        from jsonb_path_query(r.answers - '_raw', 'strict $.**') one
        where jsonb_typeof(one) in ('string', 'number')
    ) v
    where a.number is not null
"""  # noqa: S608 - constants of this file
FILL_PROVINCES = """
    update application a
    set province = case
        when coalesce(nullif(s.seat ->> 'hq_country', ''), 'IT') = 'IT' then coalesce(s.seat ->> 'hq_province', '')
        else 'EE-' || (s.seat ->> 'hq_country')
    end
    from (select application_id, answers -> 'sede' as seat from application_answers) s
    where s.application_id = a.id and s.seat is not null
"""
# what was sent or admitted before there was a radar is looked at by the worker, as if it were sent now
SCANS = """
    insert into job (kind, key, args)
    select 'radar.scan', 'radar.scan:' || id || ':' || version, jsonb_build_object('application', id::text)
    from application where number is not null
    union all
    select 'radar.scan', 'radar.scan:' || id || ':' || version, jsonb_build_object('supplier', id::text) from supplier
    on conflict (key) do nothing
"""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "bulk_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "running",
                "done",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "action",
            sa.Enum(
                "take",
                "assign",
                "approve",
                "reject",
                name="action",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("decision", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_subject", sa.String(), nullable=False),
        sa.Column("made_by_name", sa.String(), nullable=False),
        sa.Column("made_by_email", sa.String(), nullable=False),
        sa.Column("roles", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__bulk_batch")),
    )
    op.create_index(op.f("ix__bulk_batch__made_by_subject"), "bulk_batch", ["made_by_subject"], unique=False)
    op.create_table(
        "edition",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "reason",
                "time",
                "document_rule",
                "leaf",
                "faq",
                "mail",
                "notice",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_subject", sa.String(), nullable=False),
        sa.Column("made_by_name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__edition")),
    )
    op.create_index("ix__edition__kind_key_id", "edition", ["kind", "key", "id"], unique=False)
    op.create_index("uq__edition__version", "edition", ["kind", "key", "version"], unique=True)
    op.create_table(
        "exclusion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("identity_key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_subject", sa.String(), nullable=False),
        sa.Column("created_by_name", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("renewed_by_name", sa.String(), nullable=True),
        sa.Column("renewal_reason", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__exclusion")),
    )
    op.create_index(
        "uq__exclusion__live", "exclusion", ["identity_key"], unique=True, postgresql_where=sa.text("ended_at is null")
    )
    op.create_table(
        "export",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "running",
                "ready",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "format",
            sa.Enum("csv", "xlsx", name="format", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("filter", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_subject", sa.String(), nullable=False),
        sa.Column("asked_by_name", sa.String(), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("rows_total", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(), nullable=True),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__export")),
    )
    op.create_index(op.f("ix__export__asked_by_subject"), "export", ["asked_by_subject"], unique=False)
    op.create_index(op.f("ix__export__expires_at"), "export", ["expires_at"], unique=False)
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__saved_view")),
    )
    op.create_index("uq__saved_view__name", "saved_view", ["subject", sa.literal_column("lower(name)")], unique=True)
    op.create_table(
        "bulk_row",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "done", "refused", name="state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk__bulk_row__application_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["bulk_batch.id"], name=op.f("fk__bulk_row__batch_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("batch_id", "application_id", name=op.f("pk__bulk_row")),
    )
    op.create_index(op.f("ix__bulk_row__application_id"), "bulk_row", ["application_id"], unique=False)
    op.create_index("ix__bulk_row__state", "bulk_row", ["batch_id", "state", "position"], unique=False)
    op.create_table(
        "internal_note",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by_subject", sa.String(), nullable=False),
        sa.Column("written_by_name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk__internal_note__application_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__internal_note")),
    )
    op.create_index(op.f("ix__internal_note__application_id"), "internal_note", ["application_id"], unique=False)
    op.create_table(
        "opinion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column(
            "area",
            sa.Enum(
                "hse", "administration", "quality", name="area", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_subject", sa.String(), nullable=False),
        sa.Column("asked_by_name", sa.String(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "favourable",
                "with_reserve",
                "unfavourable",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_subject", sa.String(), nullable=True),
        sa.Column("answered_by_name", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(answered_at is null) = (outcome is null)", name=op.f("ck__opinion__answered_pair")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk__opinion__application_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__opinion")),
    )
    op.create_index(op.f("ix__opinion__application_id"), "opinion", ["application_id"], unique=False)
    op.create_index(
        "uq__opinion__open",
        "opinion",
        ["application_id", "area"],
        unique=True,
        postgresql_where=sa.text("answered_at is null and ended_at is null"),
    )
    op.create_table(
        "presence",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk__presence__application_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("application_id", "subject", name=op.f("pk__presence")),
    )
    op.create_index(op.f("ix__presence__seen_at"), "presence", ["seen_at"], unique=False)
    op.create_table(
        "proposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("decision", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by_subject", sa.String(), nullable=False),
        sa.Column("proposed_by_name", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk__proposal__application_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__proposal")),
    )
    op.create_index(op.f("ix__proposal__application_id"), "proposal", ["application_id"], unique=False)
    op.create_index(
        "uq__proposal__open", "proposal", ["application_id"], unique=True, postgresql_where=sa.text("ended_at is null")
    )
    op.create_table(
        "radar_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=True),
        sa.Column("supplier_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "vat_group",
                "name",
                "email_domain",
                "iban",
                "phone",
                "representative",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("place", sa.String(), server_default="", nullable=False),
        sa.CheckConstraint("num_nonnulls(application_id, supplier_id) = 1", name=op.f("ck__radar_key__one_owner")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk__radar_key__application_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name=op.f("fk__radar_key__supplier_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__radar_key")),
    )
    op.create_index(op.f("ix__radar_key__application_id"), "radar_key", ["application_id"], unique=False)
    op.create_index("ix__radar_key__kind_value", "radar_key", ["kind", "value"], unique=False)
    op.create_index(op.f("ix__radar_key__supplier_id"), "radar_key", ["supplier_id"], unique=False)
    op.create_table(
        "resemblance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("other_application_id", sa.Uuid(), nullable=True),
        sa.Column("other_supplier_id", sa.Uuid(), nullable=True),
        sa.Column("kinds", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "mark",
            sa.Enum(
                "same", "same_group", "different", name="mark", native_enum=False, create_constraint=True, length=32
            ),
            nullable=True,
        ),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("marked_by_subject", sa.String(), nullable=True),
        sa.Column("marked_by_name", sa.String(), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(other_application_id, other_supplier_id) = 1", name=op.f("ck__resemblance__one_other")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk__resemblance__application_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["other_application_id"],
            ["application.id"],
            name=op.f("fk__resemblance__other_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["other_supplier_id"], ["supplier.id"], name=op.f("fk__resemblance__other_supplier_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__resemblance")),
    )
    op.create_index(
        op.f("ix__resemblance__other_application_id"), "resemblance", ["other_application_id"], unique=False
    )
    op.create_index(op.f("ix__resemblance__other_supplier_id"), "resemblance", ["other_supplier_id"], unique=False)
    op.create_index(
        "uq__resemblance__application", "resemblance", ["application_id", "other_application_id"], unique=True
    )
    op.create_index("uq__resemblance__supplier", "resemblance", ["application_id", "other_supplier_id"], unique=True)
    op.create_table(
        "section_verdict",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("section", sa.String(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum("good", "doubtful", name="verdict", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by_subject", sa.String(), nullable=False),
        sa.Column("given_by_name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk__section_verdict__application_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("application_id", "section", name=op.f("pk__section_verdict")),
    )
    op.create_table(
        "verification",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "vies",
                "business_register",
                "pec_register",
                "durc_online",
                "credit_license",
                "soa",
                "white_list",
                "accreditation",
                "fgas",
                "insurance",
                "figures",
                "hse_record",
                "duplicates",
                "excluded_list",
                "iban_callback",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "result",
            sa.Enum(
                "positive",
                "negative",
                "unverifiable",
                "not_due",
                name="result",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("document_sha256", sa.String(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_subject", sa.String(), nullable=False),
        sa.Column("made_by_name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk__verification__application_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__verification")),
    )
    op.create_index(
        "ix__verification__application_kind", "verification", ["application_id", "kind", "id"], unique=False
    )
    op.add_column("application", sa.Column("review_expires_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("application", sa.Column("province", sa.String(), server_default="", nullable=False))
    op.add_column("application", sa.Column("reserve_text", sa.String(), nullable=True))
    op.add_column("application", sa.Column("reserve_until", sa.Date(), nullable=True))
    op.create_index("ix__application__assignee_sequence", "application", ["assignee_subject", "sequence"], unique=False)
    op.create_index("ix__application__province_sequence", "application", ["province", "sequence"], unique=False)
    op.add_column("application_category", sa.Column("reason_code", sa.String(), nullable=True))
    op.add_column("application_category", sa.Column("reason_text", sa.String(), nullable=True))
    op.create_index(op.f("ix__application_category__leaf"), "application_category", ["leaf"], unique=False)
    op.add_column("invitation", sa.Column("country", sa.String(), server_default="IT", nullable=False))
    op.add_column("invitation", sa.Column("tax_code", sa.String(), nullable=True))
    op.add_column(
        "invitation",
        sa.Column(
            "leaves", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
    )
    op.add_column("invitation", sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("supplier", sa.Column("suspension_text", sa.String(), nullable=True))
    op.add_column("supplier", sa.Column("reserve_text", sa.String(), nullable=True))
    op.add_column("supplier", sa.Column("reserve_until", sa.Date(), nullable=True))
    op.add_column("supplier", sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("supplier", sa.Column("revoked_by_name", sa.String(), nullable=True))
    op.add_column("supplier", sa.Column("revocation_reason", sa.String(), nullable=True))
    op.add_column("supplier", sa.Column("revocation_text", sa.String(), nullable=True))
    op.add_column("supplier", sa.Column("reapply_from", sa.Date(), nullable=True))
    op.add_column("supplier_category", sa.Column("drop_text", sa.String(), nullable=True))
    # I: spreadsheets of invitations
    op.create_table(
        "invitation_sheet",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("shown", "running", "done", name="state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_subject", sa.String(), nullable=False),
        sa.Column("made_by_name", sa.String(), nullable=False),
        sa.Column("roles", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__invitation_sheet")),
    )
    op.create_index(op.f("ix__invitation_sheet__made_at"), "invitation_sheet", ["made_at"], unique=False)
    op.create_index(
        op.f("ix__invitation_sheet__made_by_subject"), "invitation_sheet", ["made_by_subject"], unique=False
    )
    op.create_table(
        "invitation_row",
        sa.Column("sheet_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "wrong",
                "waiting",
                "done",
                "refused",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name=op.f("fk__invitation_row__invitation_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["sheet_id"], ["invitation_sheet.id"], name=op.f("fk__invitation_row__sheet_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sheet_id", "line", name=op.f("pk__invitation_row")),
    )
    op.create_index(op.f("ix__invitation_row__invitation_id"), "invitation_row", ["invitation_id"], unique=False)
    # V: who asks for a revocation
    # a revoked company may be admitted again
    op.drop_constraint("uq__supplier__identity_key", "supplier", type_="unique")
    op.create_index("ix__supplier__identity_key", "supplier", ["identity_key"], unique=False)
    op.create_index(
        "uq__supplier__live",
        "supplier",
        ["identity_key"],
        unique=True,
        postgresql_where=sa.text("qualification <> 'revoked'"),
    )
    op.add_column("supplier", sa.Column("revocation_asked_by_subject", sa.String(), nullable=True))
    op.add_column("supplier", sa.Column("revocation_asked_by_name", sa.String(), nullable=True))
    # K: the audit trail is signed row by row and chained; rows from before are sealed as they are, without a signature
    op.add_column("audit_event", sa.Column("nonce", sa.LargeBinary(), nullable=True))
    op.add_column("audit_event", sa.Column("mac", sa.LargeBinary(), nullable=True))
    last = op.get_bind().scalar(sa.text("select coalesce(max(id), 0) from audit_event"))
    op.create_check_constraint(
        op.f("ck__audit_event__signed"), "audit_event", f"id <= {last} or nonce is not null and mac is not null"
    )
    op.create_index("ix__audit_event__type", "audit_event", ["type", "id"], unique=False)
    op.create_index("ix__audit_event__by_subject", "audit_event", ["by_subject", "id"], unique=False)
    op.create_index("ix__audit_event__at", "audit_event", ["at"], unique=False, postgresql_using="brin")
    op.create_index("uq__audit_event__nonce", "audit_event", ["nonce"], unique=True)
    op.create_table(
        "audit_seal",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("event_mac", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["audit_event.id"], name=op.f("fk__audit_seal__event_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk__audit_seal")),
    )
    op.create_index("uq__audit_seal__event_id", "audit_seal", ["event_id"], unique=True)
    op.execute(APPEND_ONLY)
    # R: duplicate radar and excluded list
    op.create_index(
        "ix__radar_key__name",
        "radar_key",
        ["value"],
        postgresql_using="gin",
        postgresql_ops={"value": "gin_trgm_ops"},
        postgresql_where=sa.text("kind = 'name'"),
    )
    op.execute(SCANS)
    # F: a sign-in that is renewed, and the form that waits for it
    op.create_table(
        "parked_form",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk__parked_form")),
    )
    op.create_index(op.f("ix__parked_form__parked_at"), "parked_form", ["parked_at"], unique=False)
    op.create_index(op.f("ix__parked_form__subject"), "parked_form", ["subject"], unique=False)
    op.drop_constraint(op.f("ck__login_attempt__purpose"), "login_attempt", type_="check")
    op.create_check_constraint(
        op.f("ck__login_attempt__purpose"), "login_attempt", "purpose in ('sign_in', 'change_password', 'renew')"
    )
    # B: acts on many

    # Q: what a search looks in, the province of what is there already, the orders of the queue
    op.create_table(
        "application_words",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("search", sa.String(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk__application_words__application_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk__application_words")),
    )
    op.execute(FILL_WORDS)
    op.execute(FILL_PROVINCES)
    op.create_index(
        "ix__application_words__search",
        "application_words",
        ["search"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )
    op.create_index(
        "ix__application_words__words", "application_words", ["words"], unique=False, postgresql_using="gin"
    )
    op.drop_index("ix__application__search", table_name="application", postgresql_using="gin")
    op.drop_column("application", "search")
    is_open = sa.text("state in ('submitted', 'under_review', 'information_requested')")
    reviewed = sa.literal_column("coalesce(reviewed_since, 'infinity'::timestamp with time zone)")
    name = sa.literal_column("lower(name)")
    op.create_index("ix__application__open_sequence", "application", ["sequence"], postgresql_where=is_open)
    op.create_index("ix__application__open_submitted", "application", ["submitted_at"], postgresql_where=is_open)
    op.create_index("ix__application__open_name", "application", [name, "sequence"], postgresql_where=is_open)
    op.create_index("ix__application__open_reviewed", "application", [reviewed, "sequence"], postgresql_where=is_open)
    op.create_index("ix__application__state_name", "application", ["state", name, "sequence"], unique=False)
    op.create_index("ix__application__name", "application", [name, "sequence"], unique=False)
    # D: figures of the weeks
    op.create_index("ix__application__submitted_at", "application", ["submitted_at"], unique=False)
    op.create_index("ix__application__decided_at", "application", ["decided_at"], unique=False)


def downgrade() -> None:
    """Take back."""
    # B
    # Q
    op.drop_index("ix__application__name", table_name="application")
    op.drop_index("ix__application__state_name", table_name="application")
    op.drop_index("ix__application__open_reviewed", table_name="application")
    op.drop_index("ix__application__open_name", table_name="application")
    op.drop_index("ix__application__open_submitted", table_name="application")
    op.drop_index("ix__application__open_sequence", table_name="application")
    op.add_column("application", sa.Column("search", sa.String(), server_default="", nullable=False))
    op.alter_column("application", "search", server_default=None)
    op.execute("update application a set search = w.search from application_words w where w.application_id = a.id")
    op.create_index(
        "ix__application__search",
        "application",
        ["search"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )
    op.drop_table("application_words")
    # V
    op.drop_index("uq__supplier__live", table_name="supplier")
    op.drop_index("ix__supplier__identity_key", table_name="supplier")
    op.create_unique_constraint("uq__supplier__identity_key", "supplier", ["identity_key"])
    op.drop_column("supplier", "revocation_asked_by_name")
    op.drop_column("supplier", "revocation_asked_by_subject")
    # I
    op.drop_table("invitation_row")
    op.drop_table("invitation_sheet")
    op.drop_table("audit_seal")
    op.execute("drop function audit_seal_is_next()")
    op.drop_index("uq__audit_event__nonce", table_name="audit_event")
    op.drop_index("ix__audit_event__at", table_name="audit_event")
    op.drop_index("ix__audit_event__by_subject", table_name="audit_event")
    op.drop_index("ix__audit_event__type", table_name="audit_event")
    op.drop_constraint("ck__audit_event__signed", "audit_event")
    op.drop_column("audit_event", "mac")
    op.drop_column("audit_event", "nonce")
    # R
    op.drop_index("ix__radar_key__name", table_name="radar_key")
    # F
    op.execute("delete from login_attempt where purpose = 'renew'")
    op.drop_constraint(op.f("ck__login_attempt__purpose"), "login_attempt", type_="check")
    op.create_check_constraint(
        op.f("ck__login_attempt__purpose"), "login_attempt", "purpose in ('sign_in', 'change_password')"
    )
    op.drop_index(op.f("ix__parked_form__subject"), table_name="parked_form")
    op.drop_index(op.f("ix__parked_form__parked_at"), table_name="parked_form")
    op.drop_table("parked_form")
    # D
    op.drop_index("ix__application__decided_at", table_name="application")
    op.drop_index("ix__application__submitted_at", table_name="application")
    op.drop_column("supplier_category", "drop_text")
    op.drop_column("supplier", "reapply_from")
    op.drop_column("supplier", "revocation_text")
    op.drop_column("supplier", "revocation_reason")
    op.drop_column("supplier", "revoked_by_name")
    op.drop_column("supplier", "revoked_at")
    op.drop_column("supplier", "reserve_until")
    op.drop_column("supplier", "reserve_text")
    op.drop_column("supplier", "suspension_text")
    op.drop_column("invitation", "reminded_at")
    op.drop_column("invitation", "leaves")
    op.drop_column("invitation", "tax_code")
    op.drop_column("invitation", "country")
    op.drop_index(op.f("ix__application_category__leaf"), table_name="application_category")
    op.drop_column("application_category", "reason_text")
    op.drop_column("application_category", "reason_code")
    op.drop_index("ix__application__province_sequence", table_name="application")
    op.drop_index("ix__application__assignee_sequence", table_name="application")
    op.drop_column("application", "reserve_until")
    op.drop_column("application", "reserve_text")
    op.drop_column("application", "province")
    op.drop_column("application", "review_expires_at")
    op.drop_index("ix__verification__application_kind", table_name="verification")
    op.drop_table("verification")
    op.drop_table("section_verdict")
    op.drop_index("uq__resemblance__supplier", table_name="resemblance")
    op.drop_index("uq__resemblance__application", table_name="resemblance")
    op.drop_index(op.f("ix__resemblance__other_supplier_id"), table_name="resemblance")
    op.drop_index(op.f("ix__resemblance__other_application_id"), table_name="resemblance")
    op.drop_table("resemblance")
    op.drop_index(op.f("ix__radar_key__supplier_id"), table_name="radar_key")
    op.drop_index("ix__radar_key__kind_value", table_name="radar_key")
    op.drop_index(op.f("ix__radar_key__application_id"), table_name="radar_key")
    op.drop_table("radar_key")
    op.drop_index("uq__proposal__open", table_name="proposal", postgresql_where=sa.text("ended_at is null"))
    op.drop_index(op.f("ix__proposal__application_id"), table_name="proposal")
    op.drop_table("proposal")
    op.drop_index(op.f("ix__presence__seen_at"), table_name="presence")
    op.drop_table("presence")
    op.drop_index(
        "uq__opinion__open", table_name="opinion", postgresql_where=sa.text("answered_at is null and ended_at is null")
    )
    op.drop_index(op.f("ix__opinion__application_id"), table_name="opinion")
    op.drop_table("opinion")
    op.drop_index(op.f("ix__internal_note__application_id"), table_name="internal_note")
    op.drop_table("internal_note")
    op.drop_index("ix__bulk_row__state", table_name="bulk_row")
    op.drop_index(op.f("ix__bulk_row__application_id"), table_name="bulk_row")
    op.drop_table("bulk_row")
    op.drop_index("uq__saved_view__name", table_name="saved_view")
    op.drop_table("saved_view")
    op.drop_index(op.f("ix__export__expires_at"), table_name="export")
    op.drop_index(op.f("ix__export__asked_by_subject"), table_name="export")
    op.drop_table("export")
    op.drop_index("uq__exclusion__live", table_name="exclusion", postgresql_where=sa.text("ended_at is null"))
    op.drop_table("exclusion")
    op.drop_index("uq__edition__version", table_name="edition")
    op.drop_index("ix__edition__kind_key_id", table_name="edition")
    op.drop_table("edition")
    op.drop_index(op.f("ix__bulk_batch__made_by_subject"), table_name="bulk_batch")
    op.drop_table("bulk_batch")
