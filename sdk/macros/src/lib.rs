//! `#[skill]` and `cases!`.
//!
//! `#[skill]` reads the folder of the crate it stands in (`SKILL.md`,
//! `skill.toml`) at compile time and writes down the declaration from which
//! `describe` is made. Whatever is wrong there is a compile error that names the
//! file. The expansion includes both files, so that cargo rebuilds when they change.

mod expand;
mod folder;

use proc_macro::TokenStream;

/// Makes a skill of a function
/// `fn(&Call, Input) -> Result<Outcome<Output>, Failure>`, where `Input` is
/// `Deserialize + JsonSchema` and `Output` is `Serialize + JsonSchema`. It stands
/// once, in the root of the crate. Natively it adds `pub fn skill()`.
#[proc_macro_attribute]
pub fn skill(attribute: TokenStream, item: TokenStream) -> TokenStream {
    expand::skill(attribute.into(), item.into()).unwrap_or_else(|error| error.to_compile_error()).into()
}

/// One test that runs every folder of `cases/` natively.
#[proc_macro]
pub fn cases(input: TokenStream) -> TokenStream {
    expand::cases(input.into()).unwrap_or_else(|error| error.to_compile_error()).into()
}
