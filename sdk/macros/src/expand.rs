//! Tokens in, tokens out.

use std::path::PathBuf;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{FnArg, ItemFn, ReturnType, Type};

use crate::folder::SkillFolder;

/// Everything about the function that its type alone would report badly.
fn check_signature(function: &ItemFn) -> syn::Result<()> {
    let signature = &function.sig;
    let want = "a skill is `fn(call: &Call, input: Input) -> Result<Outcome<Output>, Failure>`";
    let error = |what: &str, tokens: &dyn quote::ToTokens| {
        let mut stream = TokenStream::new();
        tokens.to_tokens(&mut stream);
        Err(syn::Error::new_spanned(stream, format!("{what}; {want}")))
    };
    if let Some(token) = &signature.asyncness {
        return error("a skill is not async: the host overlaps reads in `context::read_all`", token);
    }
    if let Some(token) = &signature.unsafety {
        return error("a skill is not unsafe", token);
    }
    if !signature.generics.params.is_empty() {
        return error("a skill has no type parameters", &signature.generics);
    }
    if signature.inputs.len() != 2 {
        return error("expected two arguments", &signature.inputs);
    }
    for (index, argument) in signature.inputs.iter().enumerate() {
        match argument {
            FnArg::Receiver(receiver) => return error("a skill has no self", receiver),
            FnArg::Typed(typed) if index == 0 && !matches!(&*typed.ty, Type::Reference(_)) => {
                return error("the first argument is `&Call`", &typed.ty);
            }
            FnArg::Typed(_) => {}
        }
    }
    if matches!(signature.output, ReturnType::Default) {
        return error("a skill returns an outcome", signature);
    }
    Ok(())
}

// What cargo says to a macro it runs is no configuration of the host.
#[allow(clippy::disallowed_methods)]
fn folder_of_crate() -> syn::Result<(PathBuf, String)> {
    let of = |name: &str| {
        std::env::var(name)
            .map_err(|_| syn::Error::new(Span::call_site(), format!("{name} is not set: build with cargo")))
    };
    Ok((PathBuf::from(of("CARGO_MANIFEST_DIR")?), of("CARGO_PKG_NAME")?))
}

pub(crate) fn skill(attribute: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    if !attribute.is_empty() {
        return Err(syn::Error::new_spanned(
            attribute,
            "#[skill] takes no arguments: version, rights and limits stand in skill.toml",
        ));
    }
    let function: ItemFn = syn::parse2(item)?;
    check_signature(&function)?;
    let (folder, package) = folder_of_crate()?;
    let skill =
        SkillFolder::read(&folder, &package).map_err(|error| syn::Error::new(Span::call_site(), error.to_string()))?;

    let SkillFolder { name, version, description, rights, limits, criticality, skill_md_digest } = skill;
    let limits = limits.into_iter().map(|(name, value)| quote!((#name, #value)));
    let criticality = match criticality {
        Some(word) => quote!(::core::option::Option::Some(#word)),
        None => quote!(::core::option::Option::None),
    };
    let run = &function.sig.ident;
    Ok(quote! {
        #function

        #[doc(hidden)]
        static __SKILLHOST_DECLARATION: ::skillhost_sdk::guest::Declaration =
            ::skillhost_sdk::guest::Declaration {
                name: #name,
                version: #version,
                description: #description,
                rights: &[#(#rights),*],
                limits: &[#(#limits),*],
                criticality: #criticality,
                skill_md_digest: #skill_md_digest,
            };
        // Read again by the compiler, so that cargo knows what this depends on.
        const _: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/SKILL.md"));
        const _: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/skill.toml"));

        ::skillhost_sdk::__export_skill!(__SKILLHOST_DECLARATION, #run);
    })
}

pub(crate) fn cases(input: TokenStream) -> syn::Result<TokenStream> {
    if !input.is_empty() {
        return Err(syn::Error::new_spanned(input, "cases!() takes no arguments: cases stand in cases/"));
    }
    Ok(quote! {
        #[cfg(test)]
        mod skill_cases {
            #[test]
            fn cases() {
                ::skillhost_sdk::harness::run_cases(
                    &crate::skill(),
                    concat!(env!("CARGO_MANIFEST_DIR"), "/cases"),
                );
            }
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use quote::quote;

    fn refusal(function: TokenStream) -> String {
        check_signature(&syn::parse2(function).unwrap()).unwrap_err().to_string()
    }

    #[test]
    fn the_shape_of_a_skill() {
        let good = quote!(
            fn run(call: &Call, input: Input) -> Result<Outcome<Output>, Failure> {}
        );
        assert!(check_signature(&syn::parse2(good).unwrap()).is_ok());
        for (bad, part) in [
            (
                quote!(
                    async fn run(call: &Call, input: Input) -> Result<Outcome<O>, Failure> {}
                ),
                "not async",
            ),
            (
                quote!(
                    unsafe fn run(call: &Call, input: Input) -> Result<Outcome<O>, Failure> {}
                ),
                "not unsafe",
            ),
            (
                quote!(
                    fn run<T>(call: &Call, input: T) -> Result<Outcome<O>, Failure> {}
                ),
                "no type parameters",
            ),
            (
                quote!(
                    fn run(input: Input) -> Result<Outcome<O>, Failure> {}
                ),
                "two arguments",
            ),
            (
                quote!(
                    fn run(&self, input: Input) -> Result<Outcome<O>, Failure> {}
                ),
                "no self",
            ),
            (
                quote!(
                    fn run(call: Call, input: Input) -> Result<Outcome<O>, Failure> {}
                ),
                "is `&Call`",
            ),
            (
                quote!(
                    fn run(call: &Call, input: Input) {}
                ),
                "returns an outcome",
            ),
        ] {
            let message = refusal(bad.clone());
            assert!(message.contains(part), "{bad}: {message}");
            assert!(message.contains("fn(call: &Call, input: Input)"), "{message}");
        }
    }

    #[test]
    fn arguments_are_refused_with_where_they_belong() {
        let error = skill(
            quote!(version = "1"),
            quote!(
                fn run() {}
            ),
        )
        .unwrap_err();
        assert!(error.to_string().contains("skill.toml"));
        assert!(cases(quote!("cases")).is_err());
    }
}
