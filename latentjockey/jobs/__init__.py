"""Long work in processes of their own that the show owns: training, preparing data. No torch, no Qt."""
