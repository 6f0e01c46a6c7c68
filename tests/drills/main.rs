//! Drills: processes that are killed, disks that are full, two nodes. Each starts the real binary.

fn main() {}
