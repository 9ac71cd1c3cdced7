"""A run on many machines: the inputs are cut into partitions, and each is cleaned as a run on one machine cleans all."""
