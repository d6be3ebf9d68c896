"""What happens later: the outbox's rows are published when they are due, and carried out."""
