#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| skillhost_sandbox::fuzzed::rights(data));
