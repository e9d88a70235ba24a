#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kpnb_fuzz::kubectl::check(data));
