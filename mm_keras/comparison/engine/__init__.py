"""The engine of a comparison: jobs that are done in several processes, stored one by one, and never done twice."""
