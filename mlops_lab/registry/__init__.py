"""The registry: names with numbered versions of models, and aliases that people move between them."""
