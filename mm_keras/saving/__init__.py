"""Saving classifiers without pickle: estimators as JSON and arrays, the folder, the network."""
