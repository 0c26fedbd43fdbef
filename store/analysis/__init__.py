"""What recorded chains say: accuracy over the number of samples."""
