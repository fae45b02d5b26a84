"""From a configuration to a running system: rollouts, monitoring, infrastructure code."""
