"""Whom we phone."""
