"""How well does the screen order the designs that a search proposes next?"""
