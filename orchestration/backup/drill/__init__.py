"""Rehearse disasters on restored copies and record the results."""
