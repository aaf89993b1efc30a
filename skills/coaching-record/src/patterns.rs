//! What goes with deals won and lost: what `correlate-win-loss` found.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::behaviour::Behaviour;

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Patterns {
    /// Deals won that have a measured call.
    pub won: usize,
    /// Deals lost that have one.
    pub lost: usize,
    /// Whether so many deals can show anything.
    pub enough: bool,
    /// In words: that the sample is too small, or what was found.
    pub reason: String,
    /// Which tests.
    pub test: String,
    /// Each behaviour that could be compared.
    pub patterns: Vec<Pattern>,
    /// The surest, as a line; null where none is beyond chance.
    pub headline: Option<String>,
}

/// A behaviour in deals won against deals lost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Pattern {
    /// Which.
    pub behaviour: Behaviour,
    /// Mean over deals won, one value a deal.
    pub won_mean: f64,
    /// Mean over deals lost.
    pub lost_mean: f64,
    /// Deals won in which it could be measured.
    pub won: usize,
    /// Deals lost.
    pub lost: usize,
    /// Two-sided.
    pub p: f64,
    /// Adjusted for all behaviours (Holm).
    pub p_adjusted: f64,
    /// `more_in_won`, `less_in_won` or `no_difference`.
    pub verdict: String,
}
