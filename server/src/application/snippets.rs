//! Saved answers: what they may be. Who may change which is the store's to decide, in the transaction that does it.

use deskbell_shared::model::{SnippetId, SnippetView};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::api::{SnippetEdit, SnippetsView};
use deskbell_shared::protocol::limits::TEXT_BYTES_MAX;

use super::accounts::Signed;
use super::denial::Denial;
use super::{Application, names};
use crate::auth::secret::random;
use crate::store::tools::SnippetWrite;
use crate::store::{Fault, Refusal};

impl Application {
    /// One's own snippets and the shared ones.
    pub async fn snippets(&self, who: Signed) -> Result<SnippetsView, Denial> {
        Ok(SnippetsView { snippets: self.store.snippets(who.id).await? })
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
        let view = SnippetView { id, shortcut: shortcut.clone(), text: text.clone(), is_shared };
        let write = SnippetWrite { id, is_new, agent: who.id, is_shared, shortcut, text, at };
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
        Ok(view)
    }

    /// Forgets one.
    pub async fn forget_snippet(&self, who: Signed, id: SnippetId) -> Result<(), Denial> {
        Ok(self.store.forget_snippet(id, who.id).await?)
    }
}
