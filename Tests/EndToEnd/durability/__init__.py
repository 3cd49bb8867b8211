"""Kills the server again and again under load, and compares what is left with what it had acknowledged.

The journal of acknowledged answers is in this process, which survives. `python -m durability --kills 1000` is the long
form; a short one is in `test_kills.py`.
"""
