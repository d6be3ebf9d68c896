"""What we keep: PostgreSQL, Redis, Qdrant."""
