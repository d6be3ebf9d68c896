"""The first rows of a new database: what `data/` says, checked whole, written once."""
