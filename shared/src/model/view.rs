//! Lists that agents have narrowed and saved under a name.

use super::conversation::Priority;
use super::id::{TagId, ViewId};
use crate::wire;

wire! {
    /// The lists of conversations there are.
    pub enum ListName text {
        /// Open, and nobody has it.
        Queue "queue",
        /// Open, and with whoever looks.
        Mine "mine",
        /// With whoever looks, and put aside for a time.
        Snoozed "snoozed",
        /// All, resolved ones last.
        All "all",
        /// Done.
        Resolved "resolved",
    }

    /// One thing that is wanted of a conversation.
    pub enum Term tag "of" {
        /// It has this tag.
        Tag "tag" {
            /// Which.
            tag: TagId,
        },
        /// It matters so much.
        Priority "priority" {
            /// How much.
            priority: Priority,
        },
    }

    /// A view as it is shown. It is a way to look at a list that whoever looks has anyway, and never shows more than that.
    pub struct ViewView {
        /// Which.
        pub id: ViewId,
        /// Its name.
        pub name: String,
        /// Whether everybody has it.
        pub is_shared: bool,
        /// The list.
        pub list: ListName,
        /// What is wanted of a conversation there, all of it.
        pub terms: Vec<Term>,
        /// There is no such tag any more: what is wanted beside it counts.
        pub is_tag_gone: Option<bool>,
    }
}

/// What a list is narrowed to: everything that is wanted, each kind of thing once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    list: ListName,
    terms: Vec<Term>,
}

/// Why something is no filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoFilter {
    /// The same kind of thing is wanted twice: no conversation, or one of the two says nothing.
    Twice,
}

impl Filter {
    /// A filter of a list.
    pub fn new(list: ListName, terms: Vec<Term>) -> Result<Filter, NoFilter> {
        for (at, term) in terms.iter().enumerate() {
            if terms[..at].iter().any(|other| other.tag() == term.tag()) {
                return Err(NoFilter::Twice);
            }
        }
        Ok(Filter { list, terms })
    }

    /// Of which list.
    pub fn list(&self) -> ListName {
        self.list
    }

    /// What is wanted.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// The tag that is wanted.
    pub fn wanted_tag(&self) -> Option<TagId> {
        self.terms.iter().find_map(|term| match term {
            Term::Tag { tag } => Some(*tag),
            Term::Priority { .. } => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_thing_is_wanted_once() {
        let tag = |id| Term::Tag { tag: TagId(id) };
        let matters = |priority| Term::Priority { priority };
        let filter = Filter::new(ListName::All, vec![matters(Priority::High), tag(1)]).unwrap();
        assert_eq!((filter.list(), filter.wanted_tag()), (ListName::All, Some(TagId(1))));
        assert_eq!(Filter::new(ListName::Queue, vec![]).unwrap().wanted_tag(), None);
        assert_eq!(Filter::new(ListName::All, vec![tag(1), tag(2)]), Err(NoFilter::Twice));
        let twice = vec![matters(Priority::Low), tag(1), matters(Priority::Low)];
        assert_eq!(Filter::new(ListName::All, twice), Err(NoFilter::Twice));
    }
}
