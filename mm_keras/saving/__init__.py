"""Saved classifiers: estimators as JSON and arrays, the folder, the network. No pickle anywhere."""
