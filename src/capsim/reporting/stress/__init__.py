"""The STRESS-DES report: its items and its document."""
