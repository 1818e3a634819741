"""The search: task, objective, the driver that counts the budget, and CircuitVAE itself."""
