//! Saved answers: what they may be. Who may change which is the store's to decide, in the transaction that does it.

use deskbell_shared::model::{SnippetId, SnippetView};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::api::{SnippetEdit, SnippetsView};
use deskbell_shared::protocol::limits::TEXT_BYTES_MAX;

use pinyin::ToPinyin as _;

use super::accounts::Signed;
use super::denial::Denial;
use super::{Application, names};
use crate::auth::secret::random;
use crate::store::tools::SnippetWrite;
use crate::store::{Fault, Refusal};

impl Application {
    /// One's own snippets and the shared ones.
    pub async fn snippets(&self, who: Signed) -> Result<SnippetsView, Denial> {
        let mut snippets = self.store.snippets(who.id).await?;
        for snippet in &mut snippets {
            snippet.initials = initials(&snippet.shortcut, &snippet.text);
        }
        Ok(SnippetsView { snippets })
    }

    /// Counts that one was used.
    pub async fn count_snippet(&self, who: Signed, id: SnippetId) -> Result<(), Denial> {
        Ok(self.store.count_snippet(id, who.id).await?)
    }

    /// Makes one, or with an id changes one.
    pub async fn write_snippet(
        &self,
        who: Signed,
        id: Option<SnippetId>,
        asked: SnippetEdit,
    ) -> Result<SnippetView, Denial> {
        let at = self.now();
        let shortcut = names::shortcut(&asked.shortcut)?;
        let text = asked.text.replace("\r\n", "\n").trim().to_owned();
        if text.is_empty() {
            return Err(Denial::invalid("text", "there is no text in it"));
        }
        if text.len() > TEXT_BYTES_MAX {
            return Err(Denial::invalid("text", format!("at most {TEXT_BYTES_MAX} bytes")));
        }
        let (is_new, is_shared) = (id.is_none(), asked.is_shared);
        let id = id.unwrap_or_else(|| SnippetId::from_parts(at, random()));
        let situation = asked.situation;
        let write = SnippetWrite { id, is_new, agent: who.id, is_shared, shortcut, text, situation, at };
        self.store.write_snippet(write).await.map_err(|fault| match fault {
            Fault::Refused(Refusal { code: RefusalCode::Conflict, .. }) => Denial {
                field: Some("shortcut"),
                ..Denial::because(RefusalCode::Conflict, "this shortcut is taken already")
            },
            Fault::Refused(Refusal { code: RefusalCode::TooLong, .. }) => {
                Denial::because(RefusalCode::TooLong, "there are as many snippets as there may be")
            }
            fault => fault.into(),
        })?;
        let written = self.snippets(who).await?.snippets.into_iter().find(|snippet| snippet.id == id);
        // Somebody else may have forgotten it since.
        written.ok_or_else(Denial::not_found)
    }

    /// Forgets one.
    pub async fn forget_snippet(&self, who: Signed, id: SnippetId) -> Result<(), Denial> {
        Ok(self.store.forget_snippet(id, who.id).await?)
    }
}

/// Of a text this much is looked at: what somebody would remember of it is at its beginning.
const INITIALS_CHARS_MAX: usize = 80;

/// The first letters of how Chinese words are said, each run of them by itself.
fn initials(shortcut: &str, text: &str) -> String {
    let mut all = String::new();
    for c in shortcut.chars().chain([' ']).chain(text.chars().take(INITIALS_CHARS_MAX)) {
        match c.to_pinyin() {
            Some(said) => all.push_str(said.first_letter()),
            None if all.ends_with(' ') || all.is_empty() => {}
            None => all.push(' '),
        }
    }
    all.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_has_the_first_letters_of_how_it_is_said() {
        assert_eq!(initials("发货", "一般 48 小时内发货。Thank you"), "fh yb xsnfh");
        assert_eq!(initials("hours", "We are here from 9 to 5."), "");
        assert_eq!(initials("x", &"好".repeat(INITIALS_CHARS_MAX + 9)).len(), INITIALS_CHARS_MAX);
    }
}
