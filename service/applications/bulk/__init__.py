"""Acts on many applications at once: a batch that starts after a minute and until then can be taken back."""
