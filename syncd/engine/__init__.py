"""The story of a run: read, plan, weigh, apply, write down. Sees the world only through ports."""
