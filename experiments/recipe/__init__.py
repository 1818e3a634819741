"""Which recipe gives the least area at equal delay?"""
