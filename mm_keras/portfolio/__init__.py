"""A small portfolio of classifiers, tried cheap ones first, and the best combination of them."""
