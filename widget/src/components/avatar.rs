//! A face, or the initials of a name.

use deskbell_shared::model::agent::AgentView;

use crate::nodes::{Node, el};

/// The round picture of an agent.
pub fn agent_avatar(agent: &AgentView) -> Node {
    avatar(&agent.name, agent.picture.as_ref())
}

/// The round picture of this hash, or a sign made of the name.
pub fn avatar(name: &str, picture: Option<&String>) -> Node {
    let picture = picture.map(|hash| {
        let mut address = String::from("/picture/");
        address.push_str(hash);
        el("img", "").with_words("src", address).with("alt", "")
    });
    el("span", "avatar").with("aria-hidden", "true").says(initials(name)).maybe(picture)
}

/// The first characters of the first two words. The style sheet makes them capitals. Of joined letters one is enough: two
/// would be another word.
fn initials(name: &str) -> String {
    let firsts = name.split(' ').filter_map(|word| word.chars().next());
    let mut firsts = firsts.filter(|first| !first.is_ascii_punctuation()).peekable();
    let most = if firsts.peek().is_some_and(|first| ('\u{600}'..'\u{900}').contains(first)) { 1 } else { 2 };
    firsts.take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn two_at_most() {
        assert_eq!(initials("Mia"), "M");
        assert_eq!(initials("  jean paul  sartre"), "jp");
        assert_eq!(initials("Leaf & Kettle"), "LK");
        assert_eq!(initials("王小明"), "王");
        assert_eq!(initials("محمد علي"), "م");
        assert_eq!(initials(""), "");
    }
}
