"""What is watched: probes, colours, and whose turn a job is."""
