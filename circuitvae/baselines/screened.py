"""The genetic algorithm's moves on the screen that CircuitVAE has: what the latent space adds.

The screen, from sizing engine to Gaussian process, knows nothing of latent spaces; so a rival has
it too.
"""

import numpy as np

from circuitvae.search.screened import Proposals, Screened


class GeneticScreened(Screened):
    """Crossover and mutation of the pool, screened like CircuitVAE's decodes."""

    def propose(self, rng: np.random.Generator) -> Proposals:
        """Children of pairs, and mutants, of the pool."""
        count = self.screening.proposals
        return self.new_to_pool(lambda: self.bred(count, rng), count)
