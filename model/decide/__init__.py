"""From two results to an answer: break-even points, fit, verdict."""
