//! Dependencies fail; the answer is clear and nothing is half-written.
