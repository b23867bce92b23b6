"""What leaves the instrument for the disk: recordings with their position track, and stills. Own threads, no Qt."""
