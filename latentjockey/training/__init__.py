"""Training a generator of one's own: ``latentjockey train``. A process of its own; torch in all but config, arguments."""
