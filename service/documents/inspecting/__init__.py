"""What the inspecting child runs: it parses one file under limits and imports nothing else of the service."""
