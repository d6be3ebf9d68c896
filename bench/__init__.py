"""How quick, how many, how much: measured on the running system, side by side in one run."""
