//! One binary.

mod sandbox;
