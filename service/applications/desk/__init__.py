"""What staff do with an application before they decide: checks, verdicts on sections, notes, opinions, who looks."""
