"""What a person sees: fronts, comparisons, plots, drawings."""
