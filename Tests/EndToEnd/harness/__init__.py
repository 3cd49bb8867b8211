"""The built binary, a browser and the steps people take, as the tests see them.

Nothing here knows the insides of the product: only its command line, its pages and the documented interface.
"""
