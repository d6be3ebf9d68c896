"""payment links, webhook events and reconciliations

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

def upgrade() -> None:
    op.create_table('reconciliations',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('provider', sa.String(20), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('theirs', sa.Integer(), nullable=False),
    sa.Column('ours', sa.Integer(), nullable=False),
    sa.Column('differences', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_reconciliations_at'), 'reconciliations', ['at'], unique=False)
    op.create_index(op.f('ix_reconciliations_provider'), 'reconciliations', ['provider'], unique=False)
    op.create_table('webhook_events',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('provider', sa.String(20), nullable=False),
    sa.Column('event_id', sa.String(120), nullable=False),
    sa.Column('type', sa.String(80), nullable=False),
    sa.Column('jobs', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_webhook_events_at'), 'webhook_events', ['at'], unique=False)
    op.create_index('uq_webhook_events', 'webhook_events', ['provider', 'event_id'], unique=True)
    op.create_table('payment_links',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('provider', sa.String(20), nullable=False),
    sa.Column('key', sa.String(120), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('amount', sa.Integer(), nullable=False),
    sa.Column('currency', sa.String(3), nullable=False),
    sa.Column('status', sa.String(10), nullable=False),
    sa.Column('reference', sa.String(60), nullable=True),
    sa.Column('url', sa.String(200), nullable=True),
    sa.Column('payment', sa.String(60), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key'),
    sa.UniqueConstraint('reference')
    )
    op.create_index(op.f('ix_payment_links_order_id'), 'payment_links', ['order_id'], unique=False)
    op.create_index('uq_payment_links_live', 'payment_links', ['order_id'], unique=True, postgresql_where=sa.text("status IN ('begun','open')"))
    op.create_table('reconciliation_differences',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('reconciliation_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(20), nullable=False),
    sa.Column('about', sa.String(10), nullable=False),
    sa.Column('reference', sa.String(120), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=True),
    sa.Column('our_amount', sa.Integer(), nullable=True),
    sa.Column('their_amount', sa.Integer(), nullable=True),
    sa.Column('currency', sa.String(3), nullable=False),
    sa.Column('our_status', sa.String(20), nullable=True),
    sa.Column('their_status', sa.String(20), nullable=True),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], ),
    sa.ForeignKeyConstraint(['reconciliation_id'], ['reconciliations.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_reconciliation_differences_reconciliation_id'), 'reconciliation_differences', ['reconciliation_id'], unique=False)

def downgrade() -> None:
    op.drop_index(op.f('ix_reconciliation_differences_reconciliation_id'), table_name='reconciliation_differences')
    op.drop_table('reconciliation_differences')
    op.drop_index('uq_payment_links_live', table_name='payment_links', postgresql_where=sa.text("status IN ('begun','open')"))
    op.drop_index(op.f('ix_payment_links_order_id'), table_name='payment_links')
    op.drop_table('payment_links')
    op.drop_index('uq_webhook_events', table_name='webhook_events')
    op.drop_index(op.f('ix_webhook_events_at'), table_name='webhook_events')
    op.drop_table('webhook_events')
    op.drop_index(op.f('ix_reconciliations_provider'), table_name='reconciliations')
    op.drop_index(op.f('ix_reconciliations_at'), table_name='reconciliations')
    op.drop_table('reconciliations')
