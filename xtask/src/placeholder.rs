//! `{{asset:NAME}}` in documents, styles and scripts: the hashed address of an asset.
//!
//! Any other `{{…}}` belongs to the server and is left as it is.

use std::collections::BTreeMap;

const OPENING: &str = "{{asset:";
const CLOSING: &str = "}}";

/// The names of assets a text asks for, in order.
pub fn asked(text: &str) -> impl Iterator<Item = &str> {
    text.split(OPENING).skip(1).filter_map(|rest| rest.split_once(CLOSING)).map(|(name, _)| name)
}

/// The text with every address filled in, or the first name that `addresses` does not know.
pub fn filled<'a>(text: &'a str, addresses: &BTreeMap<String, String>) -> Result<String, &'a str> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPENING) {
        let Some((name, after)) = after.split_once(CLOSING) else { break };
        out.push_str(before);
        out.push_str(addresses.get(name).ok_or(name)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_assets_are_filled_in() {
        let addresses = BTreeMap::from([("js".to_owned(), "/assets/a-1.js".to_owned())]);
        let text = "import '{{asset:js}}'; {{greeting}}";
        assert_eq!(filled(text, &addresses).unwrap(), "import '/assets/a-1.js'; {{greeting}}");
        assert_eq!(asked(text).collect::<Vec<_>>(), ["js"]);
    }

    #[test]
    fn an_unknown_asset_is_named() {
        assert_eq!(filled("{{asset:locale/xx}}", &BTreeMap::new()), Err("locale/xx"));
    }
}
