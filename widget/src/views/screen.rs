//! The whole screen.

use deskbell_shared::model::id::{InboxId, Seq};
use deskbell_shared::model::message::{Side, offered};
use deskbell_shared::model::time::UnixMillis;
use deskbell_shared::protocol::api::FrameSite;
use deskbell_shared::session::{Conversation, Session};

use super::{head, home, notices, transcript};
use crate::components::icon::{Icon, icon};
use crate::nodes::{Node, button, el};
use crate::state::action::Action;
use crate::state::glance::{Link, ended_by, is_writable, link, news, open_elsewhere};
use crate::state::panel::Panel;
use crate::state::whom::Whom;
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
    /// The inbox that was chosen for the next conversation.
    pub chosen: Option<InboxId>,
}

/// The nodes of the whole screen.
pub fn screen(sight: &Sight<'_>) -> Vec<Node> {
    let Sight { words, site, session, current, now, panel, spoken_from, chosen } = *sight;
    let link = link(session, now);
    let whom = Whom::of(site, session, current, chosen);
    let service = whom.service(site, session);
    let assignee = current.and_then(|it| it.view()?.assignee.as_ref());
    let end = current.and_then(ended_by);
    let offers = head::Offers {
        inbox: whom.name(whom.inbox),
        home: current.map_or(whom.inbox.is_some(), Conversation::founded),
        end: current.is_some_and(|it| it.founded() && !it.resolving()) && end.is_none(),
        more: current.is_some_and(|it| it.founded()),
    };
    let is_closed = end == Some(Side::Visitor) || matches!(link, Link::Blocked | Link::Members);
    let changes = (!is_closed && is_writable(session, current, &whom)).then(|| session.server_now(now));
    let said = match current {
        Some(current) => transcript::transcript(words, session, current, panel, changes),
        None => home::home(words, site, session, link, &whom),
    };
    let wait = current.and_then(|it| notices::wait(words, service, it, session.server_now(now)));
    let score = current.and_then(|it| it.view()?.score);
    let elsewhere = current.and_then(|it| open_elsewhere(session, it, &whom));
    let ended = end.map(|side| {
        let goes_on = side == Side::Staff && whom.current(session) == current.map(|it| it.id);
        notices::ended(words, goes_on, elsewhere, score)
    });
    let (is, label) = match current {
        None if session.conversations().is_empty() || whom.inbox.is_some() => ("home", "transcript"),
        None => ("home", "home"),
        Some(_) => ("", "transcript"),
    };
    let transcript = el("main", "transcript")
        .with("data-is", is)
        .with("tabindex", "0")
        .with_words("aria-label", words.text(label))
        .child(el("div", "").children(said).maybe(ended));
    let mut nodes = vec![
        head::head(words, site, link, service, assignee, current.is_none(), offers),
        notices::strips(words, site.notice.as_ref(), link, session.kept(), wait),
        transcript,
    ];
    if !panel.at_end {
        let latest = button("latest").does(Action::Latest).child(icon(Icon::Arrow));
        nodes.push(latest.says(words.text("latest")));
    }
    let mut spoken = el("div", "for-readers").with("role", "status");
    if let Some((name, text)) = current.zip(spoken_from).and_then(|(it, after)| news(it, after)) {
        spoken = spoken.says(words.text_with("said", name)).says(" ".to_owned()).says(text.to_owned());
        // What may be pressed instead of an answer is said with it.
        for choice in current.and_then(|it| offered(it.rows())).map_or(&[][..], |(_, choices)| choices) {
            spoken = spoken.says(" · ".to_owned()).says(choice.clone());
        }
    }
    nodes.push(spoken);
    nodes
}
