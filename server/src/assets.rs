//! What `cargo xtask build` made for browsers: inside the binary, or, in debug builds, read from `dist/web` as it is
//! now. How it is served is `http::assets`'.

use std::borrow::Cow;

/// What is said when the apps are not there.
pub const MISSING: &str =
    "the web apps are not built into this server: run `cargo xtask build`, then build the server again";

/// The bytes of a file, such as `assets/widget-1a2b.js` or `frame.html`.
pub fn file(name: &str) -> Option<Cow<'static, [u8]>> {
    if name.split('/').any(|piece| piece.starts_with('.')) || name.contains('\\') {
        None
    } else {
        found(name)
    }
}

/// The text of a file.
pub fn text(name: &str) -> Option<String> {
    String::from_utf8(file(name)?.into_owned()).ok()
}

#[cfg(not(debug_assertions))]
#[derive(rust_embed::RustEmbed)]
#[folder = "../dist/web"]
#[allow_missing = true]
struct Web;

#[cfg(not(debug_assertions))]
fn found(name: &str) -> Option<Cow<'static, [u8]>> {
    Web::get(name).map(|file| file.data)
}

/// Tests and developers build the apps after the server as often as before it.
#[cfg(debug_assertions)]
fn found(name: &str) -> Option<Cow<'static, [u8]>> {
    const WEB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../dist/web");
    std::fs::read(std::path::Path::new(WEB).join(name)).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    /// What must not stand in an app: the beginning of a key, a column of ours, where it was made.
    fn private_in(bytes: &[u8]) -> Option<String> {
        let user = format!("{}/", std::env::var("HOME").unwrap_or_default());
        let parts = ["-----BEGIN", "password_hash", "/home/", "/Users/", user.as_str()];
        let stands =
            |part: &&&str| part.len() > 2 && bytes.windows(part.len()).any(|at| at == part.as_bytes());
        parts.iter().find(stands).map(|part| (*part).to_owned())
    }

    #[test]
    fn a_secret_in_an_app_would_be_found() {
        for (bytes, found) in [
            ("\0asm -----BEGIN PRIVATE KEY-----", Some("-----BEGIN")),
            ("\0asm SELECT password_hash", Some("password_hash")),
            ("\0asm /home/somebody/src/lib.rs", Some("/home/")),
            ("\0asm nothing of the kind", None),
        ] {
            assert_eq!(private_in(bytes.as_bytes()).as_deref(), found, "{bytes}");
        }
    }

    /// S66: what every browser gets holds no key and nothing about the machine it was made on. Without apps there is
    /// nothing to look at; the sizes are measured where there are.
    #[test]
    fn nothing_private_is_compiled_into_the_apps() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../dist/web/assets");
        for file in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = file.path();
            if !path.extension().is_some_and(|kind| kind == "wasm" || kind == "js") {
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            assert_eq!(private_in(&bytes), None, "{}", path.display());
        }
    }

    #[test]
    fn nothing_outside_the_folder_is_found() {
        for name in ["../README.md", "assets/../../README.md", "assets\\..\\x", ".hidden", ""] {
            assert!(super::file(name).is_none(), "{name}");
        }
    }
}
