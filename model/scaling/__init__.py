"""What happens between a change of traffic and enough capacity, step by step, on both platforms."""
