//! One call in Extism's Rust host beside the same call in bare wasmtime and in
//! skillhost, interleaved in one run: a fresh plugin a call, its module compiled
//! once, the same JSON in and out, the same one read of the host.
//!
//! `bench-extism ECHO_COMPONENT EXTISM_GUEST [CALLS]` prints JSON.

use std::sync::{Arc, Mutex};

use extism::{CompiledPlugin, Manifest, Plugin, PluginBuilder, UserData, Wasm, host_fn};
use skillhost_sandbox::bench_call_beside;

// The one read: what is asked is looked at as little as bare wasmtime looks.
host_fn!(context_read(body: String; _query: String) -> String {
    let body = body.get()?;
    let body = body.lock().map_err(|_| extism::Error::msg("poisoned"))?;
    Ok(body.clone())
});

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(component), Some(guest)) = (args.next(), args.next()) else {
        return Err("bench-extism ECHO_COMPONENT EXTISM_GUEST [CALLS]".into());
    };
    let calls = args.next().map_or(Ok(2000), |text| text.parse())?;
    let (component, guest) = (std::fs::read(component)?, std::fs::read(guest)?);
    let body: UserData<String> = UserData::new(String::new());
    let held: Arc<Mutex<String>> = body.get()?;
    let builder = PluginBuilder::new(Manifest::new([Wasm::data(guest)])).with_function(
        "context_read",
        [extism::PTR],
        [extism::PTR],
        body,
        context_read,
    );
    let compiled = CompiledPlugin::new(builder)?;
    let mut peer = move |input: &str, note: &str| -> Result<(), String> {
        {
            let mut held = held.lock().map_err(|error| error.to_string())?;
            if *held != note {
                note.clone_into(&mut held);
            }
        }
        let mut plugin = Plugin::new_from_compiled(&compiled).map_err(|error| error.to_string())?;
        let output: String = plugin.call("run", input).map_err(|error| error.to_string())?;
        if output.contains("\"name\":\"Echo\"") { Ok(()) } else { Err(format!("it answered {output}")) }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let report = runtime.block_on(bench_call_beside(&component, calls, Some(&mut peer)))?;
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(())
}
