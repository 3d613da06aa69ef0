"""Remedies, letters, evidence, calendars; a request of a case becomes a remedy."""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

kept = {"sqlite_autoincrement": True}  # a table that is rebuilt forgets it
words = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table('letterheads',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('practice_id', sa.Integer(), nullable=False),
    sa.Column('practitioner_id', sa.Integer(), nullable=False),
    sa.Column('lines', sa.Text(), nullable=False),
    sa.Column('postcode', words, nullable=False),
    sa.Column('town', words, nullable=False),
    sa.Column('country', words, nullable=False),
    sa.Column('email', words, nullable=False),
    sa.Column('phone', words, nullable=False),
    sa.Column('rpps', words, nullable=False),
    sa.Column('legal_name', words, nullable=False),
    sa.Column('legal_form', words, nullable=False),
    sa.Column('insurer', words, nullable=False),
    sa.Column('contract', words, nullable=False),
    sa.ForeignKeyConstraint(['practice_id'], ['practices.id'], name=op.f('fk_letterheads_practice_id_practices')),
    sa.ForeignKeyConstraint(['practitioner_id'], ['practitioners.id'], name=op.f('fk_letterheads_practitioner_id_practitioners')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_letterheads')),
    sa.UniqueConstraint('practitioner_id', name=op.f('uq_letterheads_practitioner_id')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('letterheads', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_letterheads_practice_id'), ['practice_id'], unique=False)

    op.create_table('subscriptions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('practice_id', sa.Integer(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('token_hash', words, nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_subscriptions_member_id_members')),
    sa.ForeignKeyConstraint(['practice_id'], ['practices.id'], name=op.f('fk_subscriptions_practice_id_practices')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subscriptions')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_subscriptions_token_hash')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('subscriptions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_subscriptions_member_id'), ['member_id'], unique=False)

    with op.batch_alter_table('subscriptions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_subscriptions_practice_id'), ['practice_id'], unique=False)

    op.create_table('assessments',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('practice_id', sa.Integer(), nullable=False),
    sa.Column('mention_id', sa.Integer(), nullable=False),
    sa.Column('quote', words, nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.Integer(), nullable=False),
    sa.Column('nature', words, nullable=False),
    sa.Column('target', words, nullable=False),
    sa.Column('is_public', sa.Boolean(), nullable=False),
    sa.Column('is_identifiable', sa.Boolean(), nullable=False),
    sa.Column('truth', words, nullable=False),
    sa.Column('harms', sa.Text(), nullable=False),
    sa.Column('licit', words, nullable=False),
    sa.Column('why', words, nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_assessments_case_id_cases')),
    sa.ForeignKeyConstraint(['decided_by'], ['members.id'], name=op.f('fk_assessments_decided_by_members')),
    sa.ForeignKeyConstraint(['mention_id'], ['mentions.id'], name=op.f('fk_assessments_mention_id_mentions')),
    sa.ForeignKeyConstraint(['practice_id'], ['practices.id'], name=op.f('fk_assessments_practice_id_practices')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assessments')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('assessments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_assessments_case_id'), ['case_id'], unique=False)

    with op.batch_alter_table('assessments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_assessments_mention_id'), ['mention_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_assessments_practice_id'), ['practice_id'], unique=False)

    op.create_table('attachments',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('practice_id', sa.Integer(), nullable=False),
    sa.Column('kind', words, nullable=False),
    sa.Column('title', words, nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('added_by', sa.Integer(), nullable=False),
    sa.Column('name', words, nullable=False),
    sa.Column('media_type', words, nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('digest', words, nullable=False),
    sa.Column('url', words, nullable=False),
    sa.Column('role', words, nullable=False),
    sa.Column('remedy_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['added_by'], ['members.id'], name=op.f('fk_attachments_added_by_members')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_attachments_case_id_cases')),
    sa.ForeignKeyConstraint(['practice_id'], ['practices.id'], name=op.f('fk_attachments_practice_id_practices')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attachments')),
    sa.UniqueConstraint('case_id', 'digest', 'remedy_id', name=op.f('uq_attachments_case_id_digest_remedy_id')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('attachments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attachments_practice_id'), ['practice_id'], unique=False)

    op.create_table('remedies',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('practice_id', sa.Integer(), nullable=False),
    sa.Column('kind', words, nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_by', sa.Integer(), nullable=False),
    sa.Column('state', words, nullable=False),
    sa.Column('follows', sa.Integer(), nullable=False),
    sa.Column('sent_on', sa.Date(), nullable=True),
    sa.Column('number', words, nullable=False),
    sa.Column('presented_on', sa.Date(), nullable=True),
    sa.Column('received_on', sa.Date(), nullable=True),
    sa.Column('answered_on', sa.Date(), nullable=True),
    sa.Column('answer', words, nullable=False),
    sa.Column('days', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_remedies_case_id_cases')),
    sa.ForeignKeyConstraint(['practice_id'], ['practices.id'], name=op.f('fk_remedies_practice_id_practices')),
    sa.ForeignKeyConstraint(['started_by'], ['members.id'], name=op.f('fk_remedies_started_by_members')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_remedies')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('remedies', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_remedies_case_id'), ['case_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_remedies_practice_id'), ['practice_id'], unique=False)

    op.create_table('letters',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('practice_id', sa.Integer(), nullable=False),
    sa.Column('remedy_id', sa.Integer(), nullable=False),
    sa.Column('kind', words, nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=False),
    sa.Column('state', words, nullable=False),
    sa.Column('answers', sa.Text(), nullable=False),
    sa.Column('is_sincere', sa.Boolean(), nullable=False),
    sa.Column('approved_by', sa.Integer(), nullable=True),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('stem', words, nullable=False),
    sa.Column('pdf', words, nullable=False),
    sa.Column('docx', words, nullable=False),
    sa.ForeignKeyConstraint(['approved_by'], ['members.id'], name=op.f('fk_letters_approved_by_members')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_letters_case_id_cases')),
    sa.ForeignKeyConstraint(['created_by'], ['members.id'], name=op.f('fk_letters_created_by_members')),
    sa.ForeignKeyConstraint(['practice_id'], ['practices.id'], name=op.f('fk_letters_practice_id_practices')),
    sa.ForeignKeyConstraint(['remedy_id'], ['remedies.id'], name=op.f('fk_letters_remedy_id_remedies')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_letters')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('letters', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_letters_case_id'), ['case_id'], unique=False)

    with op.batch_alter_table('letters', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_letters_practice_id'), ['practice_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_letters_remedy_id'), ['remedy_id'], unique=False)

    with op.batch_alter_table('case_deadlines', schema=None, table_kwargs=kept) as batch_op:
        batch_op.add_column(sa.Column('remedy_id', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('revision', sa.Integer(), nullable=False, server_default='0'))
        batch_op.drop_constraint(batch_op.f('uq_case_deadlines_case_id_rule_starts_on'), type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_case_deadlines_case_id_rule_starts_on_remedy_id'), ['case_id', 'rule', 'starts_on', 'remedy_id'])

    with op.batch_alter_table('case_events', schema=None, table_kwargs=kept) as batch_op:
        batch_op.add_column(sa.Column('remedy_id', sa.Integer(), nullable=False, server_default='0'))
        batch_op.alter_column('member_id',
               existing_type=sa.INTEGER(),
               nullable=True)

    with op.batch_alter_table('cases', schema=None, table_kwargs=kept) as batch_op:
        batch_op.add_column(sa.Column('outcome', words, nullable=True))
        batch_op.add_column(sa.Column('assignee_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('merged_into', sa.Integer(), nullable=False, server_default='0'))
        batch_op.create_foreign_key(batch_op.f('fk_cases_assignee_id_members'), 'members', ['assignee_id'], ['id'])
        batch_op.drop_column('reopens_to')

    with op.batch_alter_table('mentions', schema=None, table_kwargs=kept) as batch_op:
        batch_op.add_column(sa.Column('told_on', sa.Date(), nullable=True))

    with op.batch_alter_table('drafts', schema=None, table_kwargs=kept) as batch_op:
        batch_op.add_column(sa.Column('published_by', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('published_on', words, nullable=True))
        batch_op.add_column(sa.Column('sending_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('outcome', words, nullable=True))
        batch_op.add_column(sa.Column('used_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('is_model', sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.create_foreign_key(batch_op.f('fk_drafts_published_by_members'), 'members', ['published_by'], ['id'])
    with op.batch_alter_table('drafts', schema=None, table_kwargs=kept) as batch_op:
        batch_op.alter_column('is_model', existing_type=sa.Boolean(), server_default=None)

    for table, columns in (('case_deadlines', ('remedy_id', 'revision')), ('case_events', ('remedy_id',)), ('cases', ('merged_into',))):
        with op.batch_alter_table(table, schema=None, table_kwargs=kept) as batch_op:
            for column in columns:
                batch_op.alter_column(column, existing_type=sa.Integer(), server_default=None)

    _move_requests()


def _move_requests() -> None:
    """What was asked of an editor had been the state of its case; it is a remedy now."""
    bind = op.get_bind()
    bind.execute(sa.text("""
        INSERT INTO remedies (case_id, practice_id, kind, started_at, started_by, state, follows,
                              sent_on, number, presented_on, received_on, answered_on, answer, days)
        SELECT c.id, c.practice_id, 'erasure_request', MIN(e.at), MIN(e.member_id), 'awaiting', 0,
               NULL, '', NULL,
               (SELECT d.starts_on FROM case_deadlines d
                 WHERE d.case_id = c.id AND d.rule = 'RGPD_1M' ORDER BY d.id LIMIT 1),
               NULL, '', 8
          FROM cases c JOIN case_events e ON e.case_id = c.id
         WHERE e.step IN ('send_online', 'send_by_post')
         GROUP BY c.id, c.practice_id
    """))
    bind.execute(sa.text(
        "UPDATE remedies SET state = 'posted' WHERE received_on IS NULL"
    ))
    bind.execute(sa.text("""
        UPDATE case_deadlines SET remedy_id = COALESCE(
               (SELECT r.id FROM remedies r WHERE r.case_id = case_deadlines.case_id), 0)
         WHERE rule = 'RGPD_1M'
    """))
    for old, new in (
        ('send_online', 'send'), ('send_by_post', 'post'),
        ('acknowledge_receipt', 'receive'), ('record_answer', 'grant'),
    ):
        bind.execute(
            sa.text("""
                UPDATE case_events SET step = 'remedy', detail = :new, remedy_id = COALESCE(
                       (SELECT r.id FROM remedies r WHERE r.case_id = case_events.case_id), 0)
                 WHERE step = :old
            """),
            {"old": old, "new": new},
        )
    bind.execute(sa.text("UPDATE cases SET outcome = 'abandoned' WHERE status = 'closed'"))
    bind.execute(sa.text("UPDATE cases SET status = 'open' WHERE status <> 'closed'"))


def downgrade() -> None:
    raise NotImplementedError("go back to the copy made before the migration")
