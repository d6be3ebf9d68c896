"""calls, orders and work

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('outbox',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(60), nullable=False),
    sa.Column('key', sa.String(160), nullable=False),
    sa.Column('payload', sa.JSON(), nullable=False),
    sa.Column('priority', sa.Integer(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('leased_by', sa.String(60), nullable=True),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('dead_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.String(200), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key')
    )
    op.create_index('ix_outbox_due', 'outbox', ['due_at', 'priority'], unique=False, postgresql_where=sa.text('done_at IS NULL AND dead_at IS NULL'))
    op.create_table('calls',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('sid', sa.String(64), nullable=False),
    sa.Column('channel', sa.String(12), nullable=False),
    sa.Column('direction', sa.String(10), nullable=False),
    sa.Column('market', sa.String(2), nullable=False),
    sa.Column('line', sa.String(16), nullable=False),
    sa.Column('phone', sa.LargeBinary(), nullable=True),
    sa.Column('phone_hash', sa.String(64), nullable=True),
    sa.Column('customer_id', sa.Uuid(), nullable=True),
    sa.Column('purpose', sa.String(20), nullable=False),
    sa.Column('agent', sa.String(40), nullable=False),
    sa.Column('status', sa.String(20), nullable=False),
    sa.Column('outcome', sa.String(40), nullable=True),
    sa.Column('recording_consent', sa.Boolean(), nullable=True),
    sa.Column('resumed_from', sa.Uuid(), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], ),
    sa.ForeignKeyConstraint(['resumed_from'], ['calls.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('sid')
    )
    op.create_index(op.f('ix_calls_customer_id'), 'calls', ['customer_id'], unique=False)
    op.create_index(op.f('ix_calls_phone_hash'), 'calls', ['phone_hash'], unique=False)
    op.create_index(op.f('ix_calls_started_at'), 'calls', ['started_at'], unique=False)
    op.create_index(op.f('ix_calls_status'), 'calls', ['status'], unique=False)
    op.create_table('agent_transitions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('from_agent', sa.String(40), nullable=True),
    sa.Column('to_agent', sa.String(40), nullable=False),
    sa.Column('reason', sa.String(200), nullable=False),
    sa.Column('summary', sa.LargeBinary(), nullable=True),
    sa.Column('latency_ms', sa.Float(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_agent_transitions_call_id'), 'agent_transitions', ['call_id'], unique=False)
    op.create_table('audit',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('actor', sa.String(80), nullable=False),
    sa.Column('action', sa.String(60), nullable=False),
    sa.Column('subject', sa.String(80), nullable=False),
    sa.Column('source', sa.String(80), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('data', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_audit_at'), 'audit', ['at'], unique=False)
    op.create_table('call_events',
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('type', sa.String(40), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('data', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], ),
    sa.PrimaryKeyConstraint('call_id', 'seq')
    )
    op.create_index(op.f('ix_call_events_type'), 'call_events', ['type'], unique=False)
    op.create_table('call_snapshots',
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('cart_version', sa.Integer(), nullable=False),
    sa.Column('phone_hash', sa.String(64), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], ),
    sa.PrimaryKeyConstraint('call_id', 'version')
    )
    op.create_index(op.f('ix_call_snapshots_phone_hash'), 'call_snapshots', ['phone_hash'], unique=False)
    op.create_table('callbacks',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=True),
    sa.Column('phone', sa.LargeBinary(), nullable=True),
    sa.Column('phone_hash', sa.String(64), nullable=True),
    sa.Column('reason', sa.String(200), nullable=False),
    sa.Column('promised_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('call_id')
    )
    op.create_index(op.f('ix_callbacks_phone_hash'), 'callbacks', ['phone_hash'], unique=False)
    op.create_table('consents',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=True),
    sa.Column('phone_hash', sa.String(64), nullable=False),
    sa.Column('purpose', sa.String(20), nullable=False),
    sa.Column('granted', sa.Boolean(), nullable=False),
    sa.Column('wording', sa.String(), nullable=False),
    sa.Column('wording_version', sa.String(20), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], ),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_consents_customer_id'), 'consents', ['customer_id'], unique=False)
    op.create_index(op.f('ix_consents_phone_hash'), 'consents', ['phone_hash'], unique=False)
    op.create_table('orders',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(6), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('restaurant_id', sa.Uuid(), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=True),
    sa.Column('cart_version', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(20), nullable=False),
    sa.Column('payment_status', sa.String(20), nullable=False),
    sa.Column('payment_kind', sa.String(20), nullable=False),
    sa.Column('currency', sa.String(3), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('place', sa.LargeBinary(), nullable=False),
    sa.Column('note', sa.LargeBinary(), nullable=True),
    sa.Column('allergies', sa.JSON(), nullable=False),
    sa.Column('substitution', sa.String(12), nullable=False),
    sa.Column('promise_minutes', sa.Integer(), nullable=False),
    sa.Column('wanted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('placed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], ),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], ),
    sa.ForeignKeyConstraint(['restaurant_id'], ['restaurants.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('call_id', 'cart_version')
    )
    op.create_index(op.f('ix_orders_created_at'), 'orders', ['created_at'], unique=False)
    op.create_index(op.f('ix_orders_customer_id'), 'orders', ['customer_id'], unique=False)
    op.create_index(op.f('ix_orders_restaurant_id'), 'orders', ['restaurant_id'], unique=False)
    op.create_index(op.f('ix_orders_status'), 'orders', ['status'], unique=False)
    op.create_index('uq_orders_open_code', 'orders', ['code'], unique=True, postgresql_where=sa.text("status IN ('awaiting_payment','scheduled','placed','confirmed','preparing','ready','picked_up')"))
    op.create_table('order_events',
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('type', sa.String(40), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('data', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], ),
    sa.PrimaryKeyConstraint('order_id', 'seq')
    )
    op.create_table('payments',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('provider', sa.String(20), nullable=False),
    sa.Column('kind', sa.String(20), nullable=False),
    sa.Column('key', sa.String(120), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('method_id', sa.Uuid(), nullable=True),
    sa.Column('amount', sa.Integer(), nullable=False),
    sa.Column('currency', sa.String(3), nullable=False),
    sa.Column('reference', sa.String(120), nullable=True),
    sa.Column('code', sa.String(60), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['method_id'], ['payment_methods.id'], ),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key', 'attempt', 'kind')
    )
    op.create_index(op.f('ix_payments_order_id'), 'payments', ['order_id'], unique=False)
    op.create_table('price_lines',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(20), nullable=False),
    sa.Column('label', sa.String(80), nullable=False),
    sa.Column('amount', sa.Integer(), nullable=False),
    sa.Column('currency', sa.String(3), nullable=False),
    sa.Column('rate_bp', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('order_id', 'position')
    )
    op.create_index(op.f('ix_price_lines_order_id'), 'price_lines', ['order_id'], unique=False)
    op.create_table('order_lines',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('item_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(80), nullable=False),
    sa.Column('size', sa.String(40), nullable=True),
    sa.Column('choices', sa.JSON(), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('note', sa.LargeBinary(), nullable=True),
    sa.Column('unit_amount', sa.Integer(), nullable=False),
    sa.Column('amount', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['menu_items.id'], ),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('order_id', 'position')
    )
    op.create_index(op.f('ix_order_lines_order_id'), 'order_lines', ['order_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_order_lines_order_id'), table_name='order_lines')
    op.drop_table('order_lines')
    op.drop_index(op.f('ix_price_lines_order_id'), table_name='price_lines')
    op.drop_table('price_lines')
    op.drop_index(op.f('ix_payments_order_id'), table_name='payments')
    op.drop_table('payments')
    op.drop_table('order_events')
    op.drop_index('uq_orders_open_code', table_name='orders', postgresql_where=sa.text("status IN ('awaiting_payment','scheduled','placed','confirmed','preparing','ready','picked_up')"))
    op.drop_index(op.f('ix_orders_status'), table_name='orders')
    op.drop_index(op.f('ix_orders_restaurant_id'), table_name='orders')
    op.drop_index(op.f('ix_orders_customer_id'), table_name='orders')
    op.drop_index(op.f('ix_orders_created_at'), table_name='orders')
    op.drop_table('orders')
    op.drop_index(op.f('ix_consents_phone_hash'), table_name='consents')
    op.drop_index(op.f('ix_consents_customer_id'), table_name='consents')
    op.drop_table('consents')
    op.drop_index(op.f('ix_callbacks_phone_hash'), table_name='callbacks')
    op.drop_table('callbacks')
    op.drop_index(op.f('ix_call_snapshots_phone_hash'), table_name='call_snapshots')
    op.drop_table('call_snapshots')
    op.drop_index(op.f('ix_call_events_type'), table_name='call_events')
    op.drop_table('call_events')
    op.drop_index(op.f('ix_audit_at'), table_name='audit')
    op.drop_table('audit')
    op.drop_index(op.f('ix_agent_transitions_call_id'), table_name='agent_transitions')
    op.drop_table('agent_transitions')
    op.drop_index(op.f('ix_calls_status'), table_name='calls')
    op.drop_index(op.f('ix_calls_started_at'), table_name='calls')
    op.drop_index(op.f('ix_calls_phone_hash'), table_name='calls')
    op.drop_index(op.f('ix_calls_customer_id'), table_name='calls')
    op.drop_table('calls')
    op.drop_index('ix_outbox_due', table_name='outbox', postgresql_where=sa.text('done_at IS NULL AND dead_at IS NULL'))
    op.drop_table('outbox')
