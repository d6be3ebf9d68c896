"""people, places and menus

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('brands',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('slug', sa.String(40), nullable=False),
    sa.Column('name', sa.String(80), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('slug')
    )
    op.create_table('customers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('phone', sa.LargeBinary(), nullable=True),
    sa.Column('phone_hash', sa.String(64), nullable=True),
    sa.Column('name', sa.LargeBinary(), nullable=True),
    sa.Column('market', sa.String(2), nullable=False),
    sa.Column('language', sa.String(8), nullable=False),
    sa.Column('allergies', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('phone_hash')
    )
    op.create_table('drivers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.LargeBinary(), nullable=False),
    sa.Column('phone', sa.LargeBinary(), nullable=False),
    sa.Column('phone_hash', sa.String(64), nullable=False),
    sa.Column('market', sa.String(2), nullable=False),
    sa.Column('city', sa.String(60), nullable=False),
    sa.Column('vehicle', sa.String(20), nullable=False),
    sa.Column('rating', sa.Float(), nullable=False),
    sa.Column('status', sa.String(20), nullable=False),
    sa.Column('lat', sa.Float(), nullable=False),
    sa.Column('lng', sa.Float(), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('phone_hash')
    )
    op.create_table('addresses',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('label', sa.String(40), nullable=False),
    sa.Column('city', sa.String(60), nullable=False),
    sa.Column('area', sa.String(60), nullable=False),
    sa.Column('postcode', sa.String(12), nullable=False),
    sa.Column('place', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_addresses_customer_id'), 'addresses', ['customer_id'], unique=False)
    op.create_table('numbers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('e164', sa.String(16), nullable=False),
    sa.Column('market', sa.String(2), nullable=False),
    sa.Column('city', sa.String(60), nullable=False),
    sa.Column('brand_id', sa.Uuid(), nullable=True),
    sa.Column('languages', sa.JSON(), nullable=False),
    sa.Column('person_number', sa.String(16), nullable=True),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('e164')
    )
    op.create_table('payment_methods',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('provider', sa.String(20), nullable=False),
    sa.Column('token', sa.LargeBinary(), nullable=False),
    sa.Column('provider_customer', sa.LargeBinary(), nullable=True),
    sa.Column('brand', sa.String(20), nullable=False),
    sa.Column('last4', sa.String(4), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_payment_methods_customer_id'), 'payment_methods', ['customer_id'], unique=False)
    op.create_table('restaurants',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('brand_id', sa.Uuid(), nullable=False),
    sa.Column('branch', sa.String(60), nullable=False),
    sa.Column('market', sa.String(2), nullable=False),
    sa.Column('city', sa.String(60), nullable=False),
    sa.Column('zone', sa.String(40), nullable=False),
    sa.Column('currency', sa.String(3), nullable=False),
    sa.Column('phone', sa.String(16), nullable=False),
    sa.Column('lat', sa.Float(), nullable=False),
    sa.Column('lng', sa.Float(), nullable=False),
    sa.Column('radius_km', sa.Float(), nullable=False),
    sa.Column('hours', sa.JSON(), nullable=False),
    sa.Column('holidays', sa.JSON(), nullable=False),
    sa.Column('prep_minutes', sa.Integer(), nullable=False),
    sa.Column('min_order', sa.Integer(), nullable=False),
    sa.Column('accepts_cash', sa.Boolean(), nullable=False),
    sa.Column('paused_until', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('brand_id', 'branch')
    )
    op.create_index(op.f('ix_restaurants_brand_id'), 'restaurants', ['brand_id'], unique=False)
    op.create_index(op.f('ix_restaurants_city'), 'restaurants', ['city'], unique=False)
    op.create_table('menu_categories',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('restaurant_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(60), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['restaurant_id'], ['restaurants.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('restaurant_id', 'name')
    )
    op.create_index(op.f('ix_menu_categories_restaurant_id'), 'menu_categories', ['restaurant_id'], unique=False)
    op.create_table('menu_items',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('restaurant_id', sa.Uuid(), nullable=False),
    sa.Column('category_id', sa.Uuid(), nullable=False),
    sa.Column('slug', sa.String(80), nullable=False),
    sa.Column('name', sa.String(80), nullable=False),
    sa.Column('description', sa.String(), nullable=False),
    sa.Column('price', sa.Integer(), nullable=False),
    sa.Column('diets', sa.JSON(), nullable=False),
    sa.Column('allergens', sa.JSON(), nullable=False),
    sa.Column('tags', sa.JSON(), nullable=False),
    sa.Column('aliases', sa.JSON(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('available', sa.Boolean(), nullable=False),
    sa.Column('stock', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['category_id'], ['menu_categories.id'], ),
    sa.ForeignKeyConstraint(['restaurant_id'], ['restaurants.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('restaurant_id', 'slug')
    )
    op.create_index(op.f('ix_menu_items_restaurant_id'), 'menu_items', ['restaurant_id'], unique=False)
    op.create_table('menu_variants',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('item_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(40), nullable=False),
    sa.Column('price', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['menu_items.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('item_id', 'name')
    )
    op.create_index(op.f('ix_menu_variants_item_id'), 'menu_variants', ['item_id'], unique=False)
    op.create_table('modifier_groups',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('item_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(40), nullable=False),
    sa.Column('minimum', sa.Integer(), nullable=False),
    sa.Column('maximum', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['menu_items.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('item_id', 'name')
    )
    op.create_index(op.f('ix_modifier_groups_item_id'), 'modifier_groups', ['item_id'], unique=False)
    op.create_table('modifiers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('group_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(40), nullable=False),
    sa.Column('price', sa.Integer(), nullable=False),
    sa.Column('allergens', sa.JSON(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['group_id'], ['modifier_groups.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('group_id', 'name')
    )
    op.create_index(op.f('ix_modifiers_group_id'), 'modifiers', ['group_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_modifiers_group_id'), table_name='modifiers')
    op.drop_index(op.f('ix_modifier_groups_item_id'), table_name='modifier_groups')
    op.drop_index(op.f('ix_menu_variants_item_id'), table_name='menu_variants')
    op.drop_index(op.f('ix_menu_items_restaurant_id'), table_name='menu_items')
    op.drop_index(op.f('ix_menu_categories_restaurant_id'), table_name='menu_categories')
    op.drop_index(op.f('ix_restaurants_city'), table_name='restaurants')
    op.drop_index(op.f('ix_restaurants_brand_id'), table_name='restaurants')
    op.drop_index(op.f('ix_payment_methods_customer_id'), table_name='payment_methods')
    op.drop_index(op.f('ix_addresses_customer_id'), table_name='addresses')
    op.drop_table('modifiers')
    op.drop_table('modifier_groups')
    op.drop_table('menu_variants')
    op.drop_table('menu_items')
    op.drop_table('menu_categories')
    op.drop_table('restaurants')
    op.drop_table('payment_methods')
    op.drop_table('numbers')
    op.drop_table('addresses')
    op.drop_table('drivers')
    op.drop_table('customers')
    op.drop_table('brands')
