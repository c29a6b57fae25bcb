//! Fetches the words. The document names the file of each language in a `meta` element, so that its hashed name is known
//! without a further request.

use super::{dom, http};
use crate::text;

/// Loads the words of the document's language. Returns whether there are any.
pub async fn load() -> bool {
    let element = dom::document().query_selector("meta[name=deskbell-locale-en]").ok().flatten();
    let Some(path) = element.and_then(|element| element.get_attribute("content")) else { return false };
    match http::text(&path).await {
        Some(file) => text::install(&file),
        None => false,
    }
}
