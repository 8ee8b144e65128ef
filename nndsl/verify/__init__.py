"""`nndsl verify`: the emitted code of every target, run and compared. Needs the frameworks.

The only part of nndsl that loads them, and each in a process of its own.
"""
