//! Saved views as places: a list, and what it is narrowed to. Pure.

use deskbell_shared::model::{ListName, Term, ViewView};

use crate::route::{Narrow, View};

/// Where a view leads. A tag that is gone narrows nothing: the rest of it counts.
pub fn place_of(view: &ViewView) -> (View, Narrow) {
    let list = match view.list {
        ListName::Queue => View::Queue,
        ListName::Mine => View::Mine,
        ListName::Snoozed => View::Snoozed,
        ListName::All => View::All,
        ListName::Resolved => View::Resolved,
    };
    let mut narrow = Narrow::default();
    for term in &view.terms {
        match term {
            Term::Tag { tag } => narrow.tag = Some(*tag).filter(|_| !is_gone(view)),
            Term::Priority { priority } => narrow.priority = Some(*priority),
        }
    }
    (list, narrow)
}

/// Whether something is to be said about it: its tag is gone.
pub fn is_gone(view: &ViewView) -> bool {
    view.is_tag_gone == Some(true)
}

/// The name of a list as it is saved.
pub fn list_of(view: View) -> ListName {
    match view {
        View::Queue => ListName::Queue,
        View::Mine => ListName::Mine,
        View::Snoozed => ListName::Snoozed,
        View::All => ListName::All,
        View::Resolved => ListName::Resolved,
    }
}

/// What a list is narrowed to, as it is saved.
pub fn terms_of(narrow: Narrow) -> Vec<Term> {
    let tag = narrow.tag.map(|tag| Term::Tag { tag });
    let priority = narrow.priority.map(|priority| Term::Priority { priority });
    tag.into_iter().chain(priority).collect()
}

/// The view one is at: the first that leads here.
pub fn here(views: &[ViewView], list: View, narrow: Narrow) -> Option<&ViewView> {
    views.iter().find(|view| place_of(view) == (list, narrow))
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskbell_shared::model::{Priority, TagId, ViewId};

    #[test]
    fn a_place_is_saved_and_found_again() {
        let (tag, priority) = (Some(TagId(7)), Some(Priority::High));
        for list in View::ALL {
            for narrow in [Narrow { tag, priority }, Narrow { tag: None, priority }, Narrow::default()] {
                let (terms, list_name) = (terms_of(narrow), list_of(list));
                let view = ViewView {
                    id: ViewId(1),
                    name: "x".to_owned(),
                    is_shared: false,
                    list: list_name,
                    terms,
                    is_tag_gone: None,
                };
                assert_eq!(place_of(&view), (list, narrow));
                let gone = ViewView { is_tag_gone: Some(true), ..view.clone() };
                assert_eq!(place_of(&gone), (list, Narrow { tag: None, ..narrow }));
                assert_eq!(here(&[view], list, narrow).map(|view| view.id), Some(ViewId(1)));
            }
        }
        assert_eq!(here(&[], View::All, Narrow::default()), None);
    }
}
