"""calls we begin, and where deliveries are

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

def upgrade() -> None:
    op.create_table('dials',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('job_key', sa.String(160), nullable=False),
    sa.Column('channel', sa.String(4), nullable=False),
    sa.Column('topic', sa.String(20), nullable=False),
    sa.Column('purpose', sa.String(20), nullable=False),
    sa.Column('party_kind', sa.String(10), nullable=False),
    sa.Column('party_id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=True),
    sa.Column('line', sa.String(16), nullable=False),
    sa.Column('phone', sa.LargeBinary(), nullable=True),
    sa.Column('status', sa.String(10), nullable=False),
    sa.Column('sid', sa.String(64), nullable=True),
    sa.Column('call_id', sa.Uuid(), nullable=True),
    sa.Column('answered_by', sa.String(20), nullable=True),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('outcome', sa.String(20), nullable=True),
    sa.Column('rule', sa.String(60), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('asked_real', sa.DateTime(timezone=True), nullable=False),
    sa.Column('over_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], ),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('call_id'),
    sa.UniqueConstraint('sid')
    )
    op.create_index('ix_dials_job_key', 'dials', ['job_key'], unique=False)
    op.create_index('ix_dials_party', 'dials', ['party_kind', 'party_id', 'asked_at'], unique=False)
    op.create_index(op.f('ix_dials_status'), 'dials', ['status'], unique=False)
    op.create_index('uq_dials_live_party', 'dials', ['party_kind', 'party_id'], unique=True, postgresql_where=sa.text("channel = 'call' AND status <> 'over'"))
    op.add_column('assignments', sa.Column('best_m', sa.Integer(), nullable=True))
    op.add_column('assignments', sa.Column('moved_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('orders', sa.Column('expected_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('orders', sa.Column('spread_seconds', sa.Integer(), nullable=True))
    op.add_column('orders', sa.Column('told_late_at', sa.DateTime(timezone=True), nullable=True))

def downgrade() -> None:
    op.drop_column('orders', 'told_late_at')
    op.drop_column('orders', 'spread_seconds')
    op.drop_column('orders', 'expected_at')
    op.drop_column('assignments', 'moved_at')
    op.drop_column('assignments', 'best_m')
    op.drop_index('uq_dials_live_party', table_name='dials', postgresql_where=sa.text("channel = 'call' AND status <> 'over'"))
    op.drop_index(op.f('ix_dials_status'), table_name='dials')
    op.drop_index('ix_dials_party', table_name='dials')
    op.drop_index('ix_dials_job_key', table_name='dials')
    op.drop_table('dials')
