"""Conversations with the whole product, graded on the rows they leave and on what was said."""
