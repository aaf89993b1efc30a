//! Fixtures of every format, and what must hold of any bytes.
#![allow(clippy::unwrap_used)]

mod formats;
mod labels;
mod properties;
