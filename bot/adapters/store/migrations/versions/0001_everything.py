"""Everything"""

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None

words = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table('practices',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', words, nullable=False),
    sa.Column('timezone', words, nullable=False),
    sa.Column('territory', words, nullable=False),
    sa.Column('digest_at', sa.Time(), nullable=False),
    sa.Column('digest_days', sa.Text(), nullable=False),
    sa.Column('next_digest_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('frequency', words, nullable=False),
    sa.Column('quiet_from', sa.Time(), nullable=False),
    sa.Column('quiet_until', sa.Time(), nullable=False),
    sa.Column('rings_in_morning', sa.Boolean(), nullable=False),
    sa.Column('another_approves', sa.Boolean(), nullable=False),
    sa.Column('says_when_empty', sa.Boolean(), nullable=False),
    sa.Column('off_from', sa.Date(), nullable=True),
    sa.Column('off_until', sa.Date(), nullable=True),
    sa.Column('escalate_after_hours', sa.Integer(), nullable=False),
    sa.Column('people_version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_practices')),
    sa.UniqueConstraint('name', name=op.f('uq_practices_name')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('practices', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_practices_frequency'), ['frequency'], unique=False)
        batch_op.create_index(batch_op.f('ix_practices_next_digest_at'), ['next_digest_at'], unique=False)

    op.create_table('digests',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('practice_id', sa.Integer(), nullable=False),
    sa.Column('local_day', sa.Date(), nullable=False),
    sa.Column('kind', words, nullable=False),
    sa.Column('serial', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('late_by_seconds', sa.Integer(), nullable=False),
    sa.Column('source_news', sa.Text(), nullable=False),
    sa.Column('rejected', sa.Integer(), nullable=False),
    sa.Column('rejected_ever', sa.Integer(), nullable=False),
    sa.Column('counts_from', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['practice_id'], ['practices.id'], name=op.f('fk_digests_practice_id_practices')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_digests')),
    sa.UniqueConstraint('practice_id', 'local_day', 'kind', 'serial', name=op.f('uq_digests_practice_id_local_day_kind_serial')),
    sqlite_autoincrement=True
    )
    op.create_table('members',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('practice_id', sa.Integer(), nullable=False),
    sa.Column('name', words, nullable=False),
    sa.Column('role', words, nullable=False),
    sa.Column('joined_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['practice_id'], ['practices.id'], name=op.f('fk_members_practice_id_practices')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_members')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('members', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_members_practice_id'), ['practice_id'], unique=False)

    op.create_table('practitioners',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('practice_id', sa.Integer(), nullable=False),
    sa.Column('given', words, nullable=False),
    sa.Column('family', words, nullable=False),
    sa.Column('title', words, nullable=False),
    sa.Column('profession', words, nullable=False),
    sa.Column('city', words, nullable=False),
    sa.Column('aliases', sa.Text(), nullable=False),
    sa.Column('excluded_words', sa.Text(), nullable=False),
    sa.Column('unwanted', sa.Text(), nullable=False),
    sa.Column('is_removed', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['practice_id'], ['practices.id'], name=op.f('fk_practitioners_practice_id_practices')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_practitioners')),
    sa.UniqueConstraint('practice_id', 'given', 'family', 'city', name=op.f('uq_practitioners_practice_id_given_family_city')),
    sqlite_autoincrement=True
    )
    op.create_table('accounts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('practice_id', sa.Integer(), nullable=False),
    sa.Column('platform', words, nullable=False),
    sa.Column('external_id', words, nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_accounts_member_id_members')),
    sa.ForeignKeyConstraint(['practice_id'], ['practices.id'], name=op.f('fk_accounts_practice_id_practices')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_accounts')),
    sa.UniqueConstraint('platform', 'external_id', 'practice_id', name=op.f('uq_accounts_platform_external_id_practice_id')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('accounts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_accounts_member_id'), ['member_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_accounts_practice_id'), ['practice_id'], unique=False)

    op.create_table('channels',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('practice_id', sa.Integer(), nullable=False),
    sa.Column('platform', words, nullable=False),
    sa.Column('address', words, nullable=False),
    sa.Column('is_private', sa.Boolean(), nullable=False),
    sa.Column('is_forum', sa.Boolean(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=True),
    sa.Column('problem', words, nullable=False),
    sa.Column('problem_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('is_quiet', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_channels_member_id_members')),
    sa.ForeignKeyConstraint(['practice_id'], ['practices.id'], name=op.f('fk_channels_practice_id_practices')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_channels')),
    sa.UniqueConstraint('platform', 'address', 'practice_id', name=op.f('uq_channels_platform_address_practice_id')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('channels', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_channels_practice_id'), ['practice_id'], unique=False)

    op.create_table('invitations',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('practice_id', sa.Integer(), nullable=False),
    sa.Column('role', words, nullable=False),
    sa.Column('code_hash', words, nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('used_by', sa.Integer(), nullable=True),
    sa.Column('name', words, nullable=False),
    sa.Column('invited_by', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['invited_by'], ['members.id'], name=op.f('fk_invitations_invited_by_members')),
    sa.ForeignKeyConstraint(['practice_id'], ['practices.id'], name=op.f('fk_invitations_practice_id_practices')),
    sa.ForeignKeyConstraint(['used_by'], ['members.id'], name=op.f('fk_invitations_used_by_members')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invitations')),
    sa.UniqueConstraint('code_hash', name=op.f('uq_invitations_code_hash')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('invitations', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_invitations_invited_by'), ['invited_by'], unique=False)
        batch_op.create_index(batch_op.f('ix_invitations_practice_id'), ['practice_id'], unique=False)

    op.create_table('proposals',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('practice_id', sa.Integer(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('practitioner_id', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('url', words, nullable=False),
    sa.Column('title', words, nullable=False),
    sa.Column('text', words, nullable=False),
    sa.Column('author', words, nullable=False),
    sa.Column('outlet', words, nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('picture', words, nullable=False),
    sa.Column('note', words, nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_proposals_member_id_members')),
    sa.ForeignKeyConstraint(['practice_id'], ['practices.id'], name=op.f('fk_proposals_practice_id_practices')),
    sa.ForeignKeyConstraint(['practitioner_id'], ['practitioners.id'], name=op.f('fk_proposals_practitioner_id_practitioners')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_proposals')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('proposals', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_proposals_member_id'), ['member_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_proposals_practice_id'), ['practice_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_proposals_practitioner_id'), ['practitioner_id'], unique=False)

    op.create_table('sources',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('practice_id', sa.Integer(), nullable=False),
    sa.Column('url', words, nullable=False),
    sa.Column('kind', words, nullable=False),
    sa.Column('every_seconds', sa.Integer(), nullable=False),
    sa.Column('next_poll_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('title', words, nullable=False),
    sa.Column('state', words, nullable=False),
    sa.Column('state_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('told', words, nullable=False),
    sa.Column('problem', words, nullable=False),
    sa.Column('problem_detail', words, nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('polled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('succeeded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('seconds', sa.Float(), nullable=False),
    sa.Column('items_weekly', sa.Float(), nullable=False),
    sa.Column('days_weekly', sa.Float(), nullable=False),
    sa.Column('news_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('newest_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('rejected', sa.Integer(), nullable=False),
    sa.Column('read_for', sa.Integer(), nullable=False),
    sa.Column('distrusts', sa.Text(), nullable=False),
    sa.Column('renamed', sa.Integer(), nullable=False),
    sa.Column('moved_to', words, nullable=False),
    sa.Column('about', sa.Integer(), nullable=True),
    sa.Column('etag', words, nullable=True),
    sa.Column('last_modified', words, nullable=True),
    sa.Column('body_hash', words, nullable=False),
    sa.Column('seen', sa.LargeBinary(), nullable=False),
    sa.Column('cursor', words, nullable=False),
    sa.Column('secret', words, nullable=False),
    sa.Column('proxy', words, nullable=False),
    sa.Column('paused_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('is_removed', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['about'], ['practitioners.id'], name=op.f('fk_sources_about_practitioners')),
    sa.ForeignKeyConstraint(['practice_id'], ['practices.id'], name=op.f('fk_sources_practice_id_practices')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sources')),
    sa.UniqueConstraint('practice_id', 'url', name=op.f('uq_sources_practice_id_url')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('sources', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sources_about'), ['about'], unique=False)
        batch_op.create_index('ix_sources_to_poll', ['next_poll_at'], unique=False, sqlite_where=sa.text('is_removed = 0'), postgresql_where=sa.text('NOT is_removed'))

    op.create_table('conversations',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('practice_id', sa.Integer(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('channel_id', sa.Integer(), nullable=False),
    sa.Column('form', words, nullable=False),
    sa.Column('target', sa.Integer(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_waiting', sa.Boolean(), nullable=False),
    sa.Column('answers', sa.Text(), nullable=False),
    sa.Column('wanted', sa.Text(), nullable=False),
    sa.Column('chosen', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['channel_id'], ['channels.id'], name=op.f('fk_conversations_channel_id_channels')),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_conversations_member_id_members')),
    sa.ForeignKeyConstraint(['practice_id'], ['practices.id'], name=op.f('fk_conversations_practice_id_practices')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_conversations')),
    sa.UniqueConstraint('member_id', 'channel_id', 'form', name=op.f('uq_conversations_member_id_channel_id_form')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('conversations', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_conversations_channel_id'), ['channel_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_conversations_practice_id'), ['practice_id'], unique=False)

    op.create_table('displays',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('practice_id', sa.Integer(), nullable=False),
    sa.Column('channel_id', sa.Integer(), nullable=False),
    sa.Column('subject', words, nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=False),
    sa.Column('occasion', words, nullable=False),
    sa.Column('wanted', sa.Integer(), nullable=False),
    sa.Column('shown', sa.Integer(), nullable=False),
    sa.Column('is_due', sa.Boolean(), nullable=False),
    sa.Column('message', words, nullable=False),
    sa.Column('sending_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sending_mark', words, nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('not_before', sa.DateTime(timezone=True), nullable=False),
    sa.Column('problem', words, nullable=False),
    sa.Column('is_unfolded', sa.Boolean(), nullable=False),
    sa.Column('parent', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['channel_id'], ['channels.id'], name=op.f('fk_displays_channel_id_channels')),
    sa.ForeignKeyConstraint(['practice_id'], ['practices.id'], name=op.f('fk_displays_practice_id_practices')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_displays')),
    sa.UniqueConstraint('channel_id', 'subject', 'subject_id', 'occasion', name=op.f('uq_displays_channel_id_subject_subject_id_occasion')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('displays', schema=None) as batch_op:
        batch_op.create_index('ix_displays_due', ['not_before'], unique=False, sqlite_where=sa.text('is_due = 1'), postgresql_where=sa.text('is_due'))
        batch_op.create_index('ix_displays_due_in_channel', ['channel_id'], unique=False, sqlite_where=sa.text('is_due = 1'), postgresql_where=sa.text('is_due'))
        batch_op.create_index(batch_op.f('ix_displays_practice_id'), ['practice_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_displays_subject_subject_id'), ['subject', 'subject_id'], unique=False)

    op.create_table('mentions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('practice_id', sa.Integer(), nullable=False),
    sa.Column('practitioner_id', sa.Integer(), nullable=False),
    sa.Column('source_id', sa.Integer(), nullable=False),
    sa.Column('url', words, nullable=False),
    sa.Column('title', words, nullable=False),
    sa.Column('text', words, nullable=False),
    sa.Column('outlet', words, nullable=False),
    sa.Column('fingerprint', words, nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('title_spans', sa.Text(), nullable=False),
    sa.Column('text_spans', sa.Text(), nullable=False),
    sa.Column('zone', words, nullable=False),
    sa.Column('score', sa.Float(), nullable=False),
    sa.Column('evidence', sa.Text(), nullable=False),
    sa.Column('state', words, nullable=False),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revised_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('copies', sa.Integer(), nullable=False),
    sa.Column('author', words, nullable=False),
    sa.Column('rating', sa.Float(), nullable=True),
    sa.Column('reply', words, nullable=False),
    sa.Column('missed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('gone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('snoozed_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('assignee_id', sa.Integer(), nullable=True),
    sa.Column('alarms', sa.Text(), nullable=False),
    sa.Column('is_urgent', sa.Boolean(), nullable=False),
    sa.Column('escalated_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('picture', words, nullable=False),
    sa.Column('folded', words, nullable=False),
    sa.ForeignKeyConstraint(['assignee_id'], ['members.id'], name=op.f('fk_mentions_assignee_id_members')),
    sa.ForeignKeyConstraint(['decided_by'], ['members.id'], name=op.f('fk_mentions_decided_by_members')),
    sa.ForeignKeyConstraint(['practice_id'], ['practices.id'], name=op.f('fk_mentions_practice_id_practices')),
    sa.ForeignKeyConstraint(['practitioner_id'], ['practitioners.id'], name=op.f('fk_mentions_practitioner_id_practitioners')),
    sa.ForeignKeyConstraint(['source_id'], ['sources.id'], name=op.f('fk_mentions_source_id_sources')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mentions')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('mentions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_mentions_assignee_id'), ['assignee_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_mentions_practice_id_state'), ['practice_id', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_mentions_practitioner_id'), ['practitioner_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_mentions_source_id'), ['source_id'], unique=False)
        batch_op.create_index('ix_mentions_urgent', ['state'], unique=False, sqlite_where=sa.text('is_urgent = 1'), postgresql_where=sa.text('is_urgent'))

    op.create_table('searches',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('practice_id', sa.Integer(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('words', words, nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('practitioner_id', sa.Integer(), nullable=True),
    sa.Column('source_id', sa.Integer(), nullable=True),
    sa.Column('state', words, nullable=True),
    sa.Column('period', words, nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_searches_member_id_members')),
    sa.ForeignKeyConstraint(['practice_id'], ['practices.id'], name=op.f('fk_searches_practice_id_practices')),
    sa.ForeignKeyConstraint(['practitioner_id'], ['practitioners.id'], name=op.f('fk_searches_practitioner_id_practitioners')),
    sa.ForeignKeyConstraint(['source_id'], ['sources.id'], name=op.f('fk_searches_source_id_sources')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_searches')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('searches', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_searches_member_id'), ['member_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_searches_practice_id'), ['practice_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_searches_practitioner_id'), ['practitioner_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_searches_source_id'), ['source_id'], unique=False)

    op.create_table('topics',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('channel_id', sa.Integer(), nullable=False),
    sa.Column('practitioner_id', sa.Integer(), nullable=False),
    sa.Column('thread', words, nullable=False),
    sa.ForeignKeyConstraint(['channel_id'], ['channels.id'], name=op.f('fk_topics_channel_id_channels')),
    sa.ForeignKeyConstraint(['practitioner_id'], ['practitioners.id'], name=op.f('fk_topics_practitioner_id_practitioners')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_topics')),
    sa.UniqueConstraint('channel_id', 'practitioner_id', 'thread', name=op.f('uq_topics_channel_id_practitioner_id_thread')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('topics', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_topics_practitioner_id'), ['practitioner_id'], unique=False)

    op.create_table('cases',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('practice_id', sa.Integer(), nullable=False),
    sa.Column('mention_id', sa.Integer(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened_by', sa.Integer(), nullable=False),
    sa.Column('status', words, nullable=False),
    sa.Column('reopens_to', words, nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['mention_id'], ['mentions.id'], name=op.f('fk_cases_mention_id_mentions')),
    sa.ForeignKeyConstraint(['opened_by'], ['members.id'], name=op.f('fk_cases_opened_by_members')),
    sa.ForeignKeyConstraint(['practice_id'], ['practices.id'], name=op.f('fk_cases_practice_id_practices')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cases')),
    sa.UniqueConstraint('mention_id', name=op.f('uq_cases_mention_id')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('cases', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_cases_practice_id_status'), ['practice_id', 'status'], unique=False)

    op.create_table('copies',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('mention_id', sa.Integer(), nullable=False),
    sa.Column('source_id', sa.Integer(), nullable=False),
    sa.Column('url', words, nullable=False),
    sa.Column('outlet', words, nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['mention_id'], ['mentions.id'], name=op.f('fk_copies_mention_id_mentions')),
    sa.ForeignKeyConstraint(['source_id'], ['sources.id'], name=op.f('fk_copies_source_id_sources')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_copies')),
    sa.UniqueConstraint('mention_id', 'url', name=op.f('uq_copies_mention_id_url')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('copies', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_copies_source_id'), ['source_id'], unique=False)

    op.create_table('digest_items',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('digest_id', sa.Integer(), nullable=False),
    sa.Column('mention_id', sa.Integer(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('is_folded', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['digest_id'], ['digests.id'], name=op.f('fk_digest_items_digest_id_digests')),
    sa.ForeignKeyConstraint(['mention_id'], ['mentions.id'], name=op.f('fk_digest_items_mention_id_mentions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_digest_items')),
    sa.UniqueConstraint('digest_id', 'mention_id', name=op.f('uq_digest_items_digest_id_mention_id')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('digest_items', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_digest_items_mention_id'), ['mention_id'], unique=False)

    op.create_table('drafts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('practice_id', sa.Integer(), nullable=False),
    sa.Column('mention_id', sa.Integer(), nullable=False),
    sa.Column('template', words, nullable=False),
    sa.Column('variant', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=False),
    sa.Column('state', words, nullable=False),
    sa.Column('words', words, nullable=False),
    sa.Column('silence', words, nullable=True),
    sa.Column('worded_by', sa.Integer(), nullable=True),
    sa.Column('reviewed_by', sa.Integer(), nullable=True),
    sa.Column('approved_by', sa.Integer(), nullable=True),
    sa.Column('published_by', sa.Integer(), nullable=True),
    sa.Column('published_on', words, nullable=True),
    sa.Column('sending_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome', words, nullable=True),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('is_model', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['approved_by'], ['members.id'], name=op.f('fk_drafts_approved_by_members')),
    sa.ForeignKeyConstraint(['created_by'], ['members.id'], name=op.f('fk_drafts_created_by_members')),
    sa.ForeignKeyConstraint(['mention_id'], ['mentions.id'], name=op.f('fk_drafts_mention_id_mentions')),
    sa.ForeignKeyConstraint(['practice_id'], ['practices.id'], name=op.f('fk_drafts_practice_id_practices')),
    sa.ForeignKeyConstraint(['published_by'], ['members.id'], name=op.f('fk_drafts_published_by_members')),
    sa.ForeignKeyConstraint(['reviewed_by'], ['members.id'], name=op.f('fk_drafts_reviewed_by_members')),
    sa.ForeignKeyConstraint(['worded_by'], ['members.id'], name=op.f('fk_drafts_worded_by_members')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_drafts')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('drafts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_drafts_mention_id'), ['mention_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_drafts_practice_id'), ['practice_id'], unique=False)

    op.create_table('identities',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('practitioner_id', sa.Integer(), nullable=False),
    sa.Column('key', words, nullable=False),
    sa.Column('mention_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['mention_id'], ['mentions.id'], name=op.f('fk_identities_mention_id_mentions')),
    sa.ForeignKeyConstraint(['practitioner_id'], ['practitioners.id'], name=op.f('fk_identities_practitioner_id_practitioners')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_identities')),
    sa.UniqueConstraint('practitioner_id', 'key', name=op.f('uq_identities_practitioner_id_key')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('identities', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_identities_mention_id'), ['mention_id'], unique=False)

    op.create_table('lessons',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('practitioner_id', sa.Integer(), nullable=False),
    sa.Column('mention_id', sa.Integer(), nullable=False),
    sa.Column('is_for', sa.Boolean(), nullable=False),
    sa.Column('words', words, nullable=False),
    sa.Column('host', words, nullable=False),
    sa.Column('taught_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('taught_by', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['mention_id'], ['mentions.id'], name=op.f('fk_lessons_mention_id_mentions')),
    sa.ForeignKeyConstraint(['practitioner_id'], ['practitioners.id'], name=op.f('fk_lessons_practitioner_id_practitioners')),
    sa.ForeignKeyConstraint(['taught_by'], ['members.id'], name=op.f('fk_lessons_taught_by_members')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lessons')),
    sa.UniqueConstraint('practitioner_id', 'words', 'host', name=op.f('uq_lessons_practitioner_id_words_host')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('lessons', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_lessons_mention_id'), ['mention_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_lessons_taught_by'), ['taught_by'], unique=False)

    op.create_table('notes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('mention_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('words', words, nullable=False),
    sa.Column('is_erased', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_notes_member_id_members')),
    sa.ForeignKeyConstraint(['mention_id'], ['mentions.id'], name=op.f('fk_notes_mention_id_mentions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notes')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('notes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_notes_mention_id'), ['mention_id'], unique=False)

    op.create_table('recalls',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('practice_id', sa.Integer(), nullable=False),
    sa.Column('mention_id', sa.Integer(), nullable=False),
    sa.Column('kind', words, nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_done', sa.Boolean(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_recalls_member_id_members')),
    sa.ForeignKeyConstraint(['mention_id'], ['mentions.id'], name=op.f('fk_recalls_mention_id_mentions')),
    sa.ForeignKeyConstraint(['practice_id'], ['practices.id'], name=op.f('fk_recalls_practice_id_practices')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recalls')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('recalls', schema=None) as batch_op:
        batch_op.create_index('ix_recalls_due', ['due_at'], unique=False, sqlite_where=sa.text('is_done = 0'), postgresql_where=sa.text('NOT is_done'))
        batch_op.create_index(batch_op.f('ix_recalls_member_id'), ['member_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_recalls_mention_id'), ['mention_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_recalls_practice_id'), ['practice_id'], unique=False)

    op.create_table('revisions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('mention_id', sa.Integer(), nullable=False),
    sa.Column('title', words, nullable=False),
    sa.Column('text', words, nullable=False),
    sa.Column('replaced_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['mention_id'], ['mentions.id'], name=op.f('fk_revisions_mention_id_mentions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_revisions')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('revisions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_revisions_mention_id'), ['mention_id'], unique=False)

    op.create_table('triage_events',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('mention_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('kind', words, nullable=False),
    sa.Column('state', words, nullable=False),
    sa.Column('detail', words, nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_triage_events_member_id_members')),
    sa.ForeignKeyConstraint(['mention_id'], ['mentions.id'], name=op.f('fk_triage_events_mention_id_mentions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_triage_events')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('triage_events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_triage_events_mention_id'), ['mention_id'], unique=False)

    op.create_table('case_deadlines',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('practice_id', sa.Integer(), nullable=False),
    sa.Column('rule', words, nullable=False),
    sa.Column('territory', words, nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('start_is_uncertain', sa.Boolean(), nullable=False),
    sa.Column('side', words, nullable=False),
    sa.Column('strict_on', sa.Date(), nullable=False),
    sa.Column('bites_on', sa.Date(), nullable=False),
    sa.Column('created_on', sa.Date(), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_by', sa.Integer(), nullable=True),
    sa.Column('snoozed_until', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_deadlines_case_id_cases')),
    sa.ForeignKeyConstraint(['done_by'], ['members.id'], name=op.f('fk_case_deadlines_done_by_members')),
    sa.ForeignKeyConstraint(['practice_id'], ['practices.id'], name=op.f('fk_case_deadlines_practice_id_practices')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_deadlines')),
    sa.UniqueConstraint('case_id', 'rule', 'starts_on', name=op.f('uq_case_deadlines_case_id_rule_starts_on')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('case_deadlines', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_case_deadlines_practice_id_bites_on'), ['practice_id', 'bites_on'], unique=False)

    op.create_table('case_events',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('step', words, nullable=False),
    sa.Column('detail', words, nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_events_case_id_cases')),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_case_events_member_id_members')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_events')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('case_events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_case_events_case_id'), ['case_id'], unique=False)

    op.create_table('reminders',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('deadline_id', sa.Integer(), nullable=False),
    sa.Column('practice_id', sa.Integer(), nullable=False),
    sa.Column('offset_days', sa.Integer(), nullable=False),
    sa.Column('remind_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('is_superseded', sa.Boolean(), nullable=False),
    sa.Column('is_choosing', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['deadline_id'], ['case_deadlines.id'], name=op.f('fk_reminders_deadline_id_case_deadlines')),
    sa.ForeignKeyConstraint(['practice_id'], ['practices.id'], name=op.f('fk_reminders_practice_id_practices')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reminders')),
    sa.UniqueConstraint('deadline_id', 'offset_days', name=op.f('uq_reminders_deadline_id_offset_days')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('reminders', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reminders_practice_id'), ['practice_id'], unique=False)
        batch_op.create_index('ix_reminders_to_send', ['remind_at'], unique=False, sqlite_where=sa.text('sent_at IS NULL'), postgresql_where=sa.text('sent_at IS NULL'))



def downgrade() -> None:
    raise NotImplementedError("go back to the copy made before the migration")
