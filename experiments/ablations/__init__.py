"""What does each part of CircuitVAE add?"""
