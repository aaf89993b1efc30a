//! Turns the model of mails into source.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    weights_table::generate("mails")
}
