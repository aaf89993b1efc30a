//! Guests written in the text format of core modules, for what no compiler makes:
//! loops and traps in every place where the host enters a module, results that
//! are no results.

#![allow(clippy::unwrap_used)] // a guest that cannot be made fails its test

use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The core export behind `work.run`: takes a pointer to the call, gives one to the
/// result.
pub const RUN: &str = "skillhost:skill/work@0.1.0#run";
/// The core export behind `manifest.describe`: gives a pointer to a text.
pub const DESCRIBE: &str = "skillhost:skill/manifest@0.1.0#describe";

/// The pieces of a core module; each default is the well-behaved one.
#[derive(Clone, Debug)]
pub struct WatGuest {
    /// Imports, before everything else.
    pub imports: String,
    /// Body of `run (param $call i32) (result i32)`.
    pub run: String,
    /// Body of `describe (result i32)`.
    pub describe: String,
    /// Body of `cabi_realloc (param $old i32) (param $size i32) (param $align i32) (param $new i32) (result i32)`.
    pub realloc: String,
    /// Body of what is called after `run`'s result was read, `(param $result i32)`.
    pub post: String,
    /// Data, a start function, further functions.
    pub rest: String,
}

impl Default for WatGuest {
    fn default() -> Self {
        Self {
            imports: String::new(),
            // `ok` of an outcome whose output is `{}` and whose lists are empty.
            run: "(i32.const 64)".to_owned(),
            describe: "(i32.const 48)".to_owned(),
            realloc: "
                (local $at i32)
                (local.set $at (i32.and
                    (i32.add (global.get $next) (i32.sub (local.get $new_align) (i32.const 1)))
                    (i32.xor (i32.sub (local.get $new_align) (i32.const 1)) (i32.const -1))))
                (global.set $next (i32.add (local.get $at) (local.get $new)))
                (local.get $at)"
                .to_owned(),
            post: String::new(),
            rest: String::new(),
        }
    }
}

/// Where the text `{}` is in every guest's memory.
pub const EMPTY_OBJECT: u32 = 32;

impl WatGuest {
    /// The component, without a manifest.
    pub fn component(&self) -> Vec<u8> {
        let Self { imports, run, describe, realloc, post, rest } = self;
        let module = format!(
            r#"(module
                {imports}
                (memory (export "memory") 2)
                (global $next (mut i32) (i32.const 4096))
                (data (i32.const {EMPTY_OBJECT}) "{{}}")
                ;; a text: pointer and length
                (data (i32.const 48) "\20\00\00\00\02\00\00\00")
                ;; result<outcome, failure>: tag 0, and at 4 the output; all else is zero
                (data (i32.const 64) "\00\00\00\00\20\00\00\00\02\00\00\00")
                (func $spin (loop $forever (br $forever)))
                (func $run (export "{RUN}") (param $call i32) (result i32) {run})
                (func $describe (export "{DESCRIBE}") (result i32) {describe})
                (func $realloc (export "cabi_realloc")
                    (param $old i32) (param $size i32) (param $new_align i32) (param $new i32) (result i32) {realloc})
                (func (export "cabi_post_{RUN}") (param $result i32) {post})
                {rest})"#
        );
        let mut bytes = wat::parse_str(&module).unwrap_or_else(|error| panic!("{error}\n{module}"));
        let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit/skillhost-skill-0.1.0");
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_dir(wit).unwrap();
        let world = resolve.select_world(&[package], Some("skill")).unwrap();
        embed_component_metadata(&mut bytes, &resolve, world, StringEncoding::UTF8).unwrap();
        ComponentEncoder::default().module(&bytes).unwrap().encode().unwrap()
    }
}
