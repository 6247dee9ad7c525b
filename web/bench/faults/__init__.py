"""Faults (故障试验): real processes at load, something breaks, and the stations' own lists say what must be stored."""
