"""drivers ratings codes and transfers

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('proof_codes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('phone_hash', sa.String(64), nullable=False),
    sa.Column('purpose', sa.String(20), nullable=False),
    sa.Column('sent_by', sa.String(10), nullable=False),
    sa.Column('code_hash', sa.String(64), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('proved_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_proof_codes_call_id'), 'proof_codes', ['call_id'], unique=False)
    op.create_index(op.f('ix_proof_codes_phone_hash'), 'proof_codes', ['phone_hash'], unique=False)
    op.create_table('transfers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('market', sa.String(2), nullable=False),
    sa.Column('person_number', sa.String(16), nullable=False),
    sa.Column('reason', sa.String(200), nullable=False),
    sa.Column('briefing', sa.LargeBinary(), nullable=False),
    sa.Column('status', sa.String(12), nullable=False),
    sa.Column('sid', sa.String(64), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('call_id')
    )
    op.create_index(op.f('ix_transfers_created_at'), 'transfers', ['created_at'], unique=False)
    op.create_index(op.f('ix_transfers_status'), 'transfers', ['status'], unique=False)
    op.create_table('assignments',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('driver_id', sa.Uuid(), nullable=False),
    sa.Column('status', sa.String(16), nullable=False),
    sa.Column('distance_m', sa.Integer(), nullable=False),
    sa.Column('pay', sa.Integer(), nullable=False),
    sa.Column('incentive', sa.Integer(), nullable=False),
    sa.Column('currency', sa.String(3), nullable=False),
    sa.Column('reason', sa.String(120), nullable=True),
    sa.Column('offered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['driver_id'], ['drivers.id'], ),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_assignments_driver_id'), 'assignments', ['driver_id'], unique=False)
    op.create_index(op.f('ix_assignments_order_id'), 'assignments', ['order_id'], unique=False)
    op.create_index(op.f('ix_assignments_status'), 'assignments', ['status'], unique=False)
    op.create_index('uq_assignments_held', 'assignments', ['order_id'], unique=True, postgresql_where=sa.text("status IN ('accepted','at_restaurant','picked_up')"))
    op.create_table('ratings',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=True),
    sa.Column('stars', sa.Integer(), nullable=False),
    sa.Column('comment', sa.LargeBinary(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], ),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], ),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('order_id')
    )
    op.create_index(op.f('ix_ratings_customer_id'), 'ratings', ['customer_id'], unique=False)
    op.add_column('orders', sa.Column('ready_by', sa.DateTime(timezone=True), nullable=True))
    op.add_column('orders', sa.Column('picked_up_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column('orders', 'picked_up_at')
    op.drop_column('orders', 'ready_by')
    op.drop_index(op.f('ix_ratings_customer_id'), table_name='ratings')
    op.drop_table('ratings')
    op.drop_index('uq_assignments_held', table_name='assignments', postgresql_where=sa.text("status IN ('accepted','at_restaurant','picked_up')"))
    op.drop_index(op.f('ix_assignments_status'), table_name='assignments')
    op.drop_index(op.f('ix_assignments_order_id'), table_name='assignments')
    op.drop_index(op.f('ix_assignments_driver_id'), table_name='assignments')
    op.drop_table('assignments')
    op.drop_index(op.f('ix_transfers_status'), table_name='transfers')
    op.drop_index(op.f('ix_transfers_created_at'), table_name='transfers')
    op.drop_table('transfers')
    op.drop_index(op.f('ix_proof_codes_phone_hash'), table_name='proof_codes')
    op.drop_index(op.f('ix_proof_codes_call_id'), table_name='proof_codes')
    op.drop_table('proof_codes')
