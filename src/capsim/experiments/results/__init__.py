"""What results of studies share: samples, frames, text, headlines."""
