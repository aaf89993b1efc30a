//! What `#[skill]` expands to. Not for authors.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::call::Call;
use crate::failure::Failure;
pub use crate::manifest::Declaration;
use crate::outcome::Outcome;

#[cfg(target_family = "wasm")]
#[path = "bindings.rs"]
pub mod component;
#[cfg(target_family = "wasm")]
mod convert;

/// The shape of the function under `#[skill]`.
pub type Run<I, O> = fn(&Call, I) -> Result<Outcome<O>, Failure>;

/// The manifest's JSON.
pub fn describe<I: JsonSchema, O: JsonSchema>(declaration: &Declaration, _run: Run<I, O>) -> Value {
    crate::manifest::manifest::<I, O>(declaration)
}

/// Runs the function on JSON.
///
/// # Errors
/// The function's own failure, and `invalid-input` when the input is not of its type.
pub fn invoke<I: DeserializeOwned, O: Serialize>(
    call: &Call,
    input: &str,
    run: Run<I, O>,
) -> Result<Outcome<Value>, Failure> {
    let input = serde_json::from_str(input).map_err(|error| {
        Failure::invalid(
            "invalid-input",
            format!(
                "the input is not of the skill's type ({:?} at line {} column {})",
                error.classify(),
                error.line(),
                error.column()
            ),
        )
    })?;
    let outcome = run(call, input)?;
    let output = serde_json::to_value(&outcome.output)
        .map_err(|error| Failure::permanent("output-not-json", error.to_string()))?;
    Ok(outcome.map(|_| output))
}

/// `work.run` of the component.
///
/// # Errors
/// As [`invoke`].
#[cfg(target_family = "wasm")]
pub fn work<I: DeserializeOwned, O: Serialize>(
    call: component::skillhost::skill::types::Call,
    run: Run<I, O>,
) -> Result<component::skillhost::skill::outcomes::Outcome, component::skillhost::skill::types::Failure> {
    let (call, input) = convert::call(call);
    match invoke(&call, &input, run) {
        Ok(outcome) => Ok(convert::outcome(outcome)),
        Err(failure) => Err(convert::failure(failure)),
    }
}

/// The component's exports over a declaration and a function.
#[cfg(target_family = "wasm")]
#[doc(hidden)]
#[macro_export]
macro_rules! __export_skill {
    ($declaration:expr, $run:path) => {
        #[allow(unsafe_code)]
        const _: () = {
            use $crate::guest::component::skillhost::skill::{outcomes, types};
            struct Component;
            impl $crate::guest::component::exports::skillhost::skill::work::Guest for Component {
                fn run(call: types::Call) -> Result<outcomes::Outcome, types::Failure> {
                    $crate::guest::work(call, $run)
                }
            }
            impl $crate::guest::component::exports::skillhost::skill::manifest::Guest for Component {
                fn describe() -> String {
                    $crate::guest::describe(&$declaration, $run).to_string()
                }
            }
            $crate::guest::component::export_component!(
                Component with_types_in $crate::guest::component
            );
        };
    };
}

/// The native skill over a declaration and a function.
#[cfg(not(target_family = "wasm"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __export_skill {
    ($declaration:expr, $run:path) => {
        /// This skill, to be run natively by the test harness.
        pub fn skill() -> $crate::harness::NativeSkill {
            $crate::harness::NativeSkill::new($crate::guest::describe(&$declaration, $run), |call, input| {
                $crate::guest::invoke(call, input, $run)
            })
        }
    };
}
