//! The whole screen.

use deskbell_shared::model::id::Seq;
use deskbell_shared::model::message::Side;
use deskbell_shared::model::time::UnixMillis;
use deskbell_shared::protocol::api::FrameSite;
use deskbell_shared::session::{Conversation, Session};

use super::{head, notices, transcript};
use crate::components::icon::{Icon, icon};
use crate::nodes::{Node, button, el};
use crate::state::action::Action;
use crate::state::glance::{ended_by, link, news};
use crate::state::panel::Panel;
use crate::state::words::Words;

/// What there is to see.
pub struct Sight<'a> {
    /// The language.
    pub words: &'a dyn Words,
    /// The site.
    pub site: &'a FrameSite,
    /// What is known.
    pub session: &'a Session,
    /// The conversation on screen; absent before the first word.
    pub current: Option<&'a Conversation>,
    /// When this is.
    pub now: UnixMillis,
    /// What the visitor did with the panel.
    pub panel: &'a Panel,
    /// What came after this row is new to a screen reader.
    pub spoken_from: Option<Seq>,
}

/// The nodes of the whole screen.
pub fn screen(sight: &Sight<'_>) -> Vec<Node> {
    let Sight { words, site, session, current, now, panel, spoken_from } = *sight;
    let link = link(session, now);
    let service = session.service().unwrap_or(&site.service);
    let assignee = current.and_then(|it| it.view()?.assignee.as_ref());
    let end = current.and_then(ended_by);
    let offers = head::Offers {
        end: current.is_some_and(|it| it.founded() && !it.resolving()) && end.is_none(),
        more: current.is_some_and(|it| it.founded()),
    };
    let said = match current {
        Some(current) => transcript::transcript(words, session, current, panel),
        None => vec![transcript::welcome(words, service)],
    };
    let wait = current.and_then(|it| notices::wait(words, service, it, session.server_now(now)));
    let score = current.and_then(|it| it.view()?.score);
    let ended = end.map(|side| notices::ended(words, side == Side::Staff, score));
    let transcript = el("main", "transcript")
        .with("tabindex", "0")
        .with_words("aria-label", words.text("transcript"))
        .child(el("div", "").children(said).maybe(ended));
    let mut nodes = vec![
        head::head(words, site, link, service, assignee, current.is_none(), offers),
        notices::strips(words, link, session.kept(), wait),
        transcript,
    ];
    if !panel.at_end {
        let latest = button("latest").does(Action::Latest).child(icon(Icon::Arrow));
        nodes.push(latest.says(words.text("latest")));
    }
    let mut spoken = el("div", "for-readers").with("role", "status");
    if let Some((name, text)) = current.zip(spoken_from).and_then(|(it, after)| news(it, after)) {
        spoken = spoken.says(words.text_with("said", name)).says(" ".to_owned()).says(text.to_owned());
    }
    nodes.push(spoken);
    nodes
}
