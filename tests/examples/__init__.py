"""The example programs: what they count, how small they can be, and programs made to go wrong."""
