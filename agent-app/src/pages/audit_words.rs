//! What stands in the audit trail, in words: the kinds of deeds, and whom and what the ids mean.

use deskbell_shared::model::{AgentView, ConversationId, VisitorId};
use deskbell_shared::protocol::api::AuditView;
use yew::prelude::*;

use crate::components::face::{agent_face, visitor_face};
use crate::components::icon::{Glyph, icon};
use crate::components::link::Link;
use crate::format::visitor_name;
use crate::route::{Route, View};
use crate::text::t;

/// Every kind, as it stands in the trail behind `deed.`, in the order in which one looks for it. A test of the server holds
/// the list to what there is.
pub const DEEDS: [&str; 40] = [
    "deed.signed_in",
    "deed.sign_in_failed",
    "deed.sign_in_locked",
    "deed.code_failed",
    "deed.proof_failed",
    "deed.second_step_on",
    "deed.second_step_off",
    "deed.recovery_codes_made",
    "deed.recovery_code_used",
    "deed.password_changed",
    "deed.reset_link_made",
    "deed.password_reset",
    "deed.conversation_viewed",
    "deed.transcript_taken",
    "deed.message_withdrawn",
    "deed.visitor_erased",
    "deed.visitor_blocked",
    "deed.visitor_unblocked",
    "deed.invited",
    "deed.joined",
    "deed.profile_changed",
    "deed.agent_deactivated",
    "deed.agent_reactivated",
    "deed.role_changed",
    "deed.inbox_added",
    "deed.inbox_changed",
    "deed.inbox_admission_changed",
    "deed.outcomes_changed",
    "deed.tag_added",
    "deed.tag_changed",
    "deed.retention_changed",
    "deed.site_added",
    "deed.site_changed",
    "deed.site_secret_made",
    "deed.site_secret_dropped",
    "deed.set_up",
    "deed.backup_made",
    "deed.restored",
    "deed.trail_cut",
    "deed.trail_taken",
];

/// The one that nobody looks for and everybody has to see.
pub const BROKEN: &str = "deed.trail_broken";

/// What a kind of deed is called in the trail.
pub fn kind_of(key: &str) -> &str {
    key.strip_prefix("deed.").unwrap_or(key)
}

/// A kind in words; what this desk does not know stands as it is.
pub fn deed(what: &str) -> String {
    let known = DEEDS.iter().chain(&[BROKEN]).find(|key| kind_of(key) == what);
    known.map_or_else(|| what.to_owned(), |key| t(key))
}

/// Whom and what ids mean, as far as the desk knows.
#[derive(Clone, Default, PartialEq)]
pub struct Names {
    /// Everybody who signs in, or did.
    pub people: Vec<AgentView>,
    /// Sites and inboxes by the digits of their ids.
    pub places: Vec<(String, String)>,
}

impl Names {
    fn person(&self, id: &str) -> Option<&AgentView> {
        self.people.iter().find(|one| one.id.to_hex() == id)
    }

    fn place(&self, id: &str) -> String {
        let known = self.places.iter().find(|(of, _)| of == id);
        known.map_or_else(|| short(id), |(_, name)| name.clone())
    }

    /// Who did it.
    pub fn actor(&self, row: &AuditView) -> (Html, String) {
        let id = row.actor_id.as_deref().unwrap_or_default();
        match row.actor.as_str() {
            "agent" => match self.person(id) {
                Some(one) => (agent_face(one, "face-small"), one.name.clone()),
                None => (mark(Glyph::Mine), short(id)),
            },
            "visitor" => match VisitorId::from_hex(id) {
                Some(id) => (visitor_face(id, "face-small"), visitor_name(id)),
                None => (mark(Glyph::Mine), short(id)),
            },
            "operator" => (mark(Glyph::Key), t("audit.operator")),
            "server" => (mark(Glyph::Settings), t("audit.server")),
            _ => (mark(Glyph::Block), t("audit.nobody")),
        }
    }

    /// To whom or what it was done.
    pub fn target(&self, row: &AuditView) -> Option<Html> {
        let id = row.target_id.as_deref()?;
        Some(match row.target.as_deref()? {
            "agent" => html! { {self.person(id).map_or_else(|| short(id), |one| one.name.clone())} },
            "visitor" => html! { {VisitorId::from_hex(id).map_or_else(|| short(id), visitor_name)} },
            "conversation" => match ConversationId::from_hex(id) {
                Some(id) => {
                    html! { <Link to={Route::Inbox(View::All, Some(id))}>{t("audit.conversation")}</Link> }
                }
                None => html! { {short(id)} },
            },
            _ => html! { {self.place(id)} },
        })
    }

    /// What else stands there: names of settings as they are, and people by their names.
    pub fn detail(&self, detail: &str) -> String {
        let word = |word: &str| {
            let (sign, id) = match word.strip_prefix(['+', '-']) {
                Some(id) => (&word[..1], id),
                None => ("", word),
            };
            let named = self.person(id).map(|one| one.name.clone());
            let cut = || if is_id(id) { short(id) } else { id.to_owned() };
            [sign, &named.unwrap_or_else(cut)].concat()
        };
        detail.split(' ').map(word).collect::<Vec<_>>().join(" ")
    }
}

fn mark(glyph: Glyph) -> Html {
    html! { <span class="face face-small site-mark">{icon(glyph)}</span> }
}

fn is_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Enough of an id to tell it from others, of what is not there any more.
fn short(id: &str) -> String {
    id.chars().take(8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskbell_shared::model::AgentId;

    #[test]
    fn people_in_details_have_names() {
        let ann = AgentView { id: AgentId(7), name: "Ann <b>".into(), picture: None };
        let names = Names { people: vec![ann], places: Vec::new() };
        let known = AgentId(7).to_hex();
        let gone = AgentId(u128::MAX).to_hex();
        assert_eq!(names.detail(&["name +", &known, " -", &gone].concat()), "name +Ann <b> -ffffffff");
        assert_eq!(names.detail("12:00ff"), "12:00ff");
        assert_eq!(names.detail("+"), "+");
    }
}
