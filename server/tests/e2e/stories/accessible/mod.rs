//! axe-core finds nothing in any view of either app, filled with content, light and dark.

mod arabic_views;
mod chinese_views;
mod desk_views;
mod plain_views;
mod widget_views;

use crate::browser::Engine;
use crate::person::Person;

/// What was found, view by view; all of it is said at the end.
#[derive(Default)]
pub(in crate::stories) struct Findings(Vec<String>);

impl Findings {
    /// Looks at what the person looks at, light and dark. In Chromium alone: what axe-core judges is the same document
    /// elsewhere.
    pub(in crate::stories) async fn look(&mut self, person: &Person, view: &str) {
        if person.engine != Engine::Chromium {
            return;
        }
        for scheme in ["dark", "light"] {
            person.prefers(scheme).await;
            let found = person.inaccessible().await;
            self.0.extend(found.iter().map(|found| format!("{view}, {scheme}: {found}")));
        }
    }

    /// Ends the story if there was anything.
    pub(in crate::stories) fn are_none(self) {
        assert!(self.0.is_empty(), "axe-core found {}:\n{}", self.0.len(), self.0.join("\n"));
    }
}
