//! Generated bindings of the world `skill`.
#![allow(
    unsafe_code,
    missing_docs,
    unreachable_pub,
    clippy::all,
    reason = "generated from wit/ by wit-bindgen; the canonical ABI is raw pointers"
)]

wit_bindgen::generate!({
    path: "../wit/skillhost-skill-0.1.0",
    world: "skill",
    pub_export_macro: true,
    export_macro_name: "export_component",
    default_bindings_module: "skillhost_sdk::guest::component",
});
