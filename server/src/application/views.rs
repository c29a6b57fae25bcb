//! Saved views: what they may be. Who may change which is the store's to decide, in the transaction that does it.

use deskbell_shared::model::{Filter, ViewId};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::api::{ViewEdit, ViewsView};
use deskbell_shared::protocol::limits::VIEW_NAME_CHARS_MAX;

use super::accounts::Signed;
use super::denial::Denial;
use super::{Application, names};
use crate::auth::secret::random;
use crate::store::views::ViewWrite;
use crate::store::{Fault, Refusal};

impl Application {
    /// One's own views and the shared ones.
    pub async fn views(&self, who: Signed) -> Result<ViewsView, Denial> {
        Ok(ViewsView { views: self.store.views(who.id).await? })
    }

    /// Makes one, or with an id changes one. Returns all there are then.
    pub async fn write_view(
        &self,
        who: Signed,
        id: Option<ViewId>,
        asked: ViewEdit,
    ) -> Result<ViewsView, Denial> {
        let at = self.now();
        let name = names::name("name", &asked.name)?;
        if name.chars().count() > VIEW_NAME_CHARS_MAX {
            return Err(Denial::invalid("name", format!("at most {VIEW_NAME_CHARS_MAX} characters")));
        }
        let filter = Filter::new(asked.list, asked.terms)
            .map_err(|_| Denial::invalid("terms", "each kind of thing can be wanted once"))?;
        let (is_new, is_shared) = (id.is_none(), asked.is_shared);
        let id = id.unwrap_or_else(|| ViewId::from_parts(at, random()));
        let write = ViewWrite { id, is_new, agent: who.id, name, is_shared, filter, at };
        self.store.write_view(write).await.map_err(|fault| match fault {
            Fault::Refused(Refusal { code: RefusalCode::Conflict, .. }) => Denial {
                field: Some("name"),
                ..Denial::because(RefusalCode::Conflict, "there is a view of this name already")
            },
            Fault::Refused(Refusal { code: RefusalCode::TooLong, .. }) => {
                Denial::because(RefusalCode::TooLong, "there are as many views as there may be")
            }
            fault => fault.into(),
        })?;
        self.views(who).await
    }

    /// Forgets one. Returns all there are then.
    pub async fn forget_view(&self, who: Signed, id: ViewId) -> Result<ViewsView, Denial> {
        self.store.forget_view(id, who.id).await?;
        self.views(who).await
    }
}
