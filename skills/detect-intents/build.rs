//! Turns the models of calls into source.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    ["signals", "commitments", "requests"].into_iter().try_for_each(weights_table::generate)
}
