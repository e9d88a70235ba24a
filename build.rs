//! Has nothing to generate. It exists because cargo unpacks the build-dependency
//! `protoc-bin-vendored`, which `.cargo/protoc` hands to etcd-client's own build,
//! only for a package that has a build script.
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}
