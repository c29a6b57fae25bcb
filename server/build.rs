//! Builds the server again when the web apps were built again: files that appear are not noticed otherwise.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo:rerun-if-changed=../dist/web");
    }
}
