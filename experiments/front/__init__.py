"""Is one search for the whole front as good as several at one delay weight each?"""
