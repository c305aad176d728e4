"""Mutation proof: every derivative rule of the library, altered in turn, is found to be wrong.

`make mutants` runs it. What would go unnoticed is a hole in the cases or in the check.
"""
