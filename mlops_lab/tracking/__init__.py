"""The tracking room: taking in what kernels recorded, and giving it back listed, charted, compared."""
