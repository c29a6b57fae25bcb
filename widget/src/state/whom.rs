//! Whom the visitor talks to, where a site offers several inboxes: among which they choose, and in which they are. A site with
//! one inbox offers none, and everything is about that.

use deskbell_shared::model::id::{ConversationId, InboxId};
use deskbell_shared::model::site::Service;
use deskbell_shared::protocol::api::FrameSite;
use deskbell_shared::session::{Conversation, Session};

use super::glance::is_away;

/// Characters of an id.
const ID_CHARS: usize = 32;

/// Whom they talk to.
pub struct Whom<'a> {
    /// What there is to choose; nothing where there is no choice.
    pub choices: Vec<(InboxId, &'a str)>,
    /// The inbox of what is on screen. Absent where there is no choice, and while nothing is chosen.
    pub inbox: Option<InboxId>,
}

impl<'a> Whom<'a> {
    /// Seen from a conversation, or from what was chosen for the next one. The server says in its welcome what this visitor
    /// may choose; until then it is what the site offers.
    #[inline(never)]
    pub fn of(
        site: &'a FrameSite,
        session: &Session,
        current: Option<&Conversation>,
        chosen: Option<InboxId>,
    ) -> Whom<'a> {
        let is_told = told(session, site.inbox).is_some();
        let mut choices = Vec::new();
        for text in &site.inboxes {
            let Some((id, name)) = text.split_at_checked(ID_CHARS) else { continue };
            let Some(id) = InboxId::from_hex(id) else { continue };
            if !is_told || told(session, id).is_some() {
                choices.push((id, name));
            }
        }
        if choices.len() < 2 {
            choices.clear();
            return Whom { choices, inbox: None };
        }
        // A page may choose what this visitor is not offered.
        let chosen = chosen.filter(|id| choices.iter().any(|(its, _)| its == id));
        Whom { choices, inbox: current.map_or(chosen, |it| session.inbox_of(it)) }
    }

    /// Whether it is yet to be chosen.
    pub fn is_asked(&self) -> bool {
        self.inbox.is_none() && !self.choices.is_empty()
    }

    /// What visitors read of an inbox that they may choose.
    pub fn name(&self, inbox: Option<InboxId>) -> Option<&'a str> {
        self.choices.iter().find(|(id, _)| Some(*id) == inbox).map(|(_, name)| *name)
    }

    /// Who is there. Before anything is chosen it is enough that somebody is somewhere.
    #[inline(never)]
    pub fn service<'b>(&self, site: &'b FrameSite, session: &'b Session) -> &'b Service {
        // Where there is a choice, what changes is said of each by name, that of the ticket too.
        let of_ticket = told(session, site.inbox).or(session.service()).unwrap_or(&site.service);
        match self.is_asked() {
            true => {
                session.services().iter().map(|(_, its)| its).find(|its| !is_away(its)).unwrap_or(of_ticket)
            }
            false => self.inbox.and_then(|inbox| told(session, inbox)).unwrap_or(of_ticket),
        }
    }

    /// The conversation that a new message to the inbox on screen belongs to.
    pub fn current(&self, session: &Session) -> Option<ConversationId> {
        session.current_in(self.inbox)
    }
}

/// Who is there in one of the choices, once it was told.
pub fn told(session: &Session, inbox: InboxId) -> Option<&Service> {
    session.services().iter().find(|(its, _)| *its == inbox).map(|(_, service)| service)
}
