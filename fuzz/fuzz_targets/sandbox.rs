#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kpnb_fuzz::sandbox::check(data));
