//! The `whystart` program.

fn main() {}
