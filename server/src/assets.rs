//! What `cargo xtask build` made for browsers, inside the binary (in debug builds: read from `dist/web` as it is
//! now). How it is served is `http::assets`'.

use std::borrow::Cow;

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../dist/web"]
#[allow_missing = true]
struct Web;

/// What is said when the apps are not there.
pub const MISSING: &str = "the web apps are not built into this server: run `cargo xtask build`, then build the server again";

/// The bytes of a file, such as `assets/widget-1a2b.js` or `frame.html`.
pub fn file(name: &str) -> Option<Cow<'static, [u8]>> {
    Web::get(name).map(|file| file.data)
}

/// The text of a file.
pub fn text(name: &str) -> Option<String> {
    String::from_utf8(file(name)?.into_owned()).ok()
}
