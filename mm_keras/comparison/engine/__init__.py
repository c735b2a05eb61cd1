"""The job engine of a comparison: jobs run in several processes and are stored one by one."""
