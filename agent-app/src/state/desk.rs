//! What is known of the conversations and the connection, as the screens read it. It changes only by `DeskAction`s, which
//! say what the wire has told.

use std::ops::Deref;
use std::rc::Rc;

use deskbell_shared::model::{
    AgentId, ConversationId, ConversationView, Entry, InboxId, SiteView, SnippetView, Status, Summary,
};
use deskbell_shared::protocol::{AttendantView, RefusalCode};
use deskbell_shared::session::Connection;
use yew::Reducible;

use super::map::{Map, Set};
use super::team::{InboxDesk, Team};
use crate::route::View;
use crate::shown::transcript::Pending;

/// Rows of a transcript, shared until there are others.
pub type Rows = Rc<Vec<Entry>>;

/// A conversation that is followed.
#[derive(Clone, Debug, PartialEq)]
pub struct Talk {
    /// Its state; `None` until the server has told.
    pub view: Option<ConversationView>,
    /// Rows, dense.
    pub rows: Rows,
    /// What was written here and is not among the rows.
    pub pending: Vec<Pending>,
    /// Whether the visitor types.
    pub is_visitor_typing: bool,
    /// Whether there are rows before the first one.
    pub has_older: bool,
    /// Whether they are on their way.
    pub is_loading_older: bool,
    /// Whether rows are missing that are on their way.
    pub is_catching_up: bool,
    /// Why it is not shown.
    pub refused: Option<RefusalCode>,
    /// Whether its end is on its way.
    pub is_resolving: bool,
    /// Grows with every change.
    pub revision: u64,
}

/// Something a colleague has done about a conversation of mine.
#[derive(Clone, Debug, PartialEq)]
pub struct Calling {
    /// About which.
    pub conversation: ConversationId,
    /// Who.
    pub who: String,
    /// What.
    pub call: Call,
}

/// What a colleague has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Written a note.
    Whispered(String),
    /// Taken it.
    Taken,
}

/// How the connection is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// The connection.
    pub connection: Connection,
    /// The browser says that there is no network.
    pub is_offline: bool,
    /// Something unsent would be gone with the page.
    pub is_at_risk: bool,
    /// Rows or lists are missing that are on their way.
    pub is_catching_up: bool,
    /// The server's clock minus ours.
    pub ahead_ms: i64,
}

/// What is known.
#[derive(Clone, Debug, PartialEq)]
pub struct DeskState {
    /// Who I am.
    pub me: AgentId,
    /// How the connection is.
    pub line: Line,
    /// Whether it was ever live since the page was opened.
    pub was_live: bool,
    /// Open conversations.
    pub rows: Rc<Vec<Rc<Summary>>>,
    /// Whether the lists are complete.
    pub is_listed: bool,
    /// Resolved conversations, newest first, as far as they were asked for.
    pub resolved: Rc<Vec<Rc<Summary>>>,
    /// Whether there are more of them; `None` before they were asked for.
    pub more_resolved: Option<bool>,
    /// What the lists last said of conversations that are followed and not in them any more.
    pub left: Map<ConversationId, Rc<Summary>>,
    /// Conversations that are followed.
    pub talks: Map<ConversationId, Rc<Talk>>,
    /// Which colleagues are at conversations that are followed, and what they do there.
    pub attended: Map<ConversationId, Rc<Vec<AttendantView>>>,
    /// What is being claimed.
    pub claiming: Set<ConversationId>,
    /// Saved answers that may be used here, once asked for.
    pub snippets: Rc<Vec<SnippetView>>,
    /// How the inboxes stand.
    pub team: Team,
    /// The sites, once asked for.
    pub sites: Option<Rc<Vec<SiteView>>>,
    /// Something that has to be said once, in words, and a number that tells two of them apart.
    pub said: Option<(u32, String)>,
    /// The last thing a colleague did about a conversation of mine that I have to hear of, and how many there were.
    pub calling: Option<(u32, Rc<Calling>)>,
}

/// What has happened.
#[derive(Clone, Debug)]
pub enum DeskAction {
    /// The connection changed.
    Line(Line),
    /// The lists changed.
    Lists(Vec<Summary>, bool),
    /// Resolved conversations arrived; whether there are more.
    Resolved(Vec<Summary>, bool),
    /// Conversations were resolved while the desk looked on.
    Ended(Vec<Summary>),
    /// A followed conversation changed.
    Talk(ConversationId, Box<Talk>),
    /// A conversation is not followed any more.
    Unfollowed(ConversationId),
    /// Other colleagues came to a conversation, or left it.
    Attended(ConversationId, Vec<AttendantView>),
    /// A claim began or ended.
    Claiming(ConversationId, bool),
    /// A conversation that is in no list was asked for.
    Found(Box<Summary>),
    /// All snippets.
    Snippets(Vec<SnippetView>),
    /// How an inbox stands.
    Inbox(InboxId, Box<InboxDesk>),
    /// All sites.
    Sites(Vec<SiteView>),
    /// One site changed.
    Site(Box<SiteView>),
    /// Something has to be said.
    Say(String),
    /// It has been read.
    Unsay,
    /// A colleague has done something about a conversation of mine.
    Call(Calling),
}

impl DeskState {
    /// Nothing known yet.
    pub fn new(me: AgentId) -> DeskState {
        let line = Line {
            connection: Connection::Off,
            is_offline: false,
            is_at_risk: false,
            is_catching_up: true,
            ahead_ms: 0,
        };
        DeskState {
            me,
            line,
            was_live: false,
            rows: Rc::default(),
            is_listed: false,
            resolved: Rc::default(),
            more_resolved: None,
            left: Map::new(),
            talks: Map::new(),
            attended: Map::new(),
            claiming: Set::new(),
            snippets: Rc::default(),
            team: Team::new(),
            sites: None,
            said: None,
            calling: None,
        }
    }

    /// The rows of a view, in its order: the queue by who waits longest, the others by what happened last.
    pub fn view(&self, view: View) -> Vec<Rc<Summary>> {
        let rows = self.rows.iter().filter(|row| self.belongs(row, view));
        let mut rows = ordered(rows, |row| match view {
            View::Queue => row.conversation.arrived_at.0,
            View::Snoozed => row.conversation.snoozed_until.map_or(0, |until| until.0),
            View::Mine | View::All | View::Resolved => -row.last_at.0,
        });
        if matches!(view, View::All | View::Resolved) {
            let is_open = |id| rows.iter().any(|row| row.conversation.id == id);
            let resolved: Vec<_> =
                self.resolved.iter().filter(|row| !is_open(row.conversation.id)).map(Rc::clone).collect();
            rows.extend(resolved);
        }
        rows
    }

    fn belongs(&self, row: &Summary, view: View) -> bool {
        let is_mine = row.conversation.is_with(self.me);
        let is_snoozed = row.conversation.snoozed_until.is_some();
        match view {
            View::Queue => row.conversation.assignee.is_none(),
            View::Mine => is_mine && !is_snoozed,
            View::Snoozed => is_mine && is_snoozed,
            View::All => true,
            View::Resolved => false,
        }
    }

    /// How many conversations each view has; `None` before the lists are complete.
    pub fn counts(&self) -> Option<[usize; View::ALL.len()]> {
        let count = |view| self.rows.iter().filter(|row| self.belongs(row, view)).count();
        self.is_listed.then(|| View::ALL.map(count))
    }

    /// What a list says of a conversation, with the newer state from its transcript where that is known.
    pub fn find(&self, id: ConversationId) -> Option<Summary> {
        let is_it = |row: &&Rc<Summary>| row.conversation.id == id;
        let summary = self.rows.iter().find(is_it).or_else(|| self.resolved.iter().find(is_it));
        let summary = summary.or_else(|| self.left.get(&id))?;
        let mut summary = (**summary).clone();
        if let Some(view) = self.talks.get(&id).and_then(|talk| talk.view.as_ref())
            && view.head >= summary.conversation.head
        {
            summary.conversation = view.clone();
        }
        Some(summary)
    }

    /// The resolved conversations with the newer state of some.
    fn with_resolved(&self, rows: Vec<Summary>) -> Rc<Vec<Rc<Summary>>> {
        let mut all: Vec<Rc<Summary>> = (*self.resolved).clone();
        for row in rows.into_iter().filter(|row| row.conversation.status == Status::Resolved) {
            all.retain(|old| old.conversation.id != row.conversation.id);
            all.push(Rc::new(row));
        }
        Rc::new(ordered(all.iter(), |row| -(row.feed.0 as i64)))
    }

    /// A site by its id.
    pub fn site(&self, id: deskbell_shared::model::SiteId) -> Option<&SiteView> {
        self.sites.as_ref()?.iter().find(|site| site.id == id)
    }
}

impl DeskState {
    /// What is known after something has happened.
    pub fn after(&self, action: DeskAction) -> DeskState {
        let mut next = self.clone();
        match action {
            DeskAction::Line(line) => {
                next.was_live |= line.connection == Connection::Live;
                if line.connection != Connection::Live {
                    next.attended = Map::new();
                }
                next.line = line;
            }
            DeskAction::Lists(rows, is_listed) => {
                next.resolved = without(&self.resolved, &rows);
                next.rows = renewed(&self.rows, rows);
                let still = |id| next.rows.iter().any(|row| row.conversation.id == id);
                let left = self.rows.iter().filter(|row| !still(row.conversation.id));
                let left = left.filter(|row| self.talks.has(&row.conversation.id));
                for row in left {
                    next.left.insert(row.conversation.id, Rc::clone(row));
                }
                next.left.retain(|id| !next.rows.iter().any(|row| row.conversation.id == *id));
                next.is_listed = is_listed;
            }
            DeskAction::Resolved(rows, more) => {
                next.resolved = self.with_resolved(rows);
                next.more_resolved = Some(more);
            }
            // Before they were asked for there is no list that it could be missing from.
            DeskAction::Ended(rows) if self.more_resolved.is_some() => {
                next.resolved = self.with_resolved(rows);
            }
            DeskAction::Ended(_) => {}
            DeskAction::Talk(id, talk) => {
                next.talks.insert(id, Rc::new(*talk));
            }
            DeskAction::Unfollowed(id) => {
                next.talks.remove(&id);
                next.left.remove(&id);
                next.attended.remove(&id);
            }
            DeskAction::Attended(id, agents) if agents.is_empty() => {
                next.attended.remove(&id);
            }
            DeskAction::Attended(id, agents) => {
                next.attended.insert(id, Rc::new(agents));
            }
            DeskAction::Claiming(id, true) => {
                next.claiming.insert(id, ());
            }
            DeskAction::Claiming(id, false) => {
                next.claiming.remove(&id);
            }
            DeskAction::Found(summary) => {
                next.left.insert(summary.conversation.id, Rc::new(*summary));
            }
            DeskAction::Snippets(snippets) => next.snippets = Rc::new(snippets),
            DeskAction::Inbox(id, desk) => {
                next.team.insert(id, Rc::new(*desk));
            }
            DeskAction::Sites(sites) => next.sites = Some(Rc::new(sites)),
            DeskAction::Site(site) => next.sites = Some(Rc::new(with_site(self.sites.as_deref(), *site))),
            DeskAction::Say(text) => {
                let number = self.said.as_ref().map_or(0, |(number, _)| *number);
                next.said = Some((number + 1, text));
            }
            DeskAction::Unsay => next.said = None,
            DeskAction::Call(calling) => {
                let number = self.calling.as_ref().map_or(0, |(number, _)| *number);
                next.calling = Some((number + 1, Rc::new(calling)));
            }
        }
        next
    }
}

/// The state as it is handed around: cheap to clone, and the same only if nothing has happened.
#[derive(Clone, Debug)]
pub struct Shared(Rc<DeskState>);

impl Shared {
    /// Nothing known yet.
    pub fn new(me: AgentId) -> Shared {
        Shared(Rc::new(DeskState::new(me)))
    }
}

impl Deref for Shared {
    type Target = DeskState;

    fn deref(&self) -> &DeskState {
        &self.0
    }
}

impl PartialEq for Shared {
    fn eq(&self, other: &Shared) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Reducible for Shared {
    type Action = DeskAction;

    fn reduce(self: Rc<Self>, action: DeskAction) -> Rc<Self> {
        Rc::new(Shared(Rc::new(self.0.after(action))))
    }
}

/// Rows by a number, and by their id where it is the same. The only sort in this app: each one more is four kilobytes.
pub fn ordered<'a>(
    rows: impl Iterator<Item = &'a Rc<Summary>>,
    number: impl Fn(&Summary) -> i64,
) -> Vec<Rc<Summary>> {
    let mut keyed: Vec<(i64, ConversationId, &Rc<Summary>)> =
        rows.map(|row| (number(row), row.conversation.id, row)).collect();
    keyed.sort_unstable_by_key(|one| (one.0, one.1));
    keyed.into_iter().map(|(_, _, row)| Rc::clone(row)).collect()
}

/// The new rows, with the old allocation for each that has not changed: screens compare by it.
fn renewed(old: &[Rc<Summary>], new: Vec<Summary>) -> Rc<Vec<Rc<Summary>>> {
    // Both come in the order of the feed's memory, so that an old row mostly stands where the new one does.
    let find = |at: usize, id: ConversationId| {
        let same = old.get(at).filter(|old| old.conversation.id == id);
        same.or_else(|| old.iter().find(|old| old.conversation.id == id))
    };
    let row = |(at, row): (usize, Summary)| match find(at, row.conversation.id) {
        Some(old) if **old == row => Rc::clone(old),
        _ => Rc::new(row),
    };
    Rc::new(new.into_iter().enumerate().map(row).collect())
}

/// Resolved conversations that are not open again.
fn without(resolved: &Rc<Vec<Rc<Summary>>>, open: &[Summary]) -> Rc<Vec<Rc<Summary>>> {
    let reopened = |id| open.iter().any(|row| row.conversation.id == id);
    if resolved.iter().any(|row| reopened(row.conversation.id)) {
        return Rc::new(
            resolved.iter().filter(|row| !reopened(row.conversation.id)).map(Rc::clone).collect(),
        );
    }
    Rc::clone(resolved)
}

fn with_site(sites: Option<&Vec<SiteView>>, site: SiteView) -> Vec<SiteView> {
    let mut sites = sites.cloned().unwrap_or_default();
    match sites.iter_mut().find(|old| old.id == site.id) {
        Some(old) => *old = site,
        None => sites.push(site),
    }
    sites
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use deskbell_shared::model::{
        AgentView, Epoch, Feed, InboxId, Marks, Seq, Side, SiteId, UnixMillis, VisitorId, VisitorView,
    };

    pub(crate) fn summary(id: u128, assignee: Option<AgentId>, unread: u32) -> Rc<Summary> {
        let assignee = assignee.map(|id| AgentView { id, name: "A".to_owned(), picture: None });
        let none = Seq(0);
        let at = UnixMillis(id as i64);
        Rc::new(Summary {
            feed: Feed(id as u64),
            conversation: ConversationView {
                id: ConversationId(id),
                inbox: InboxId(1),
                epoch: Epoch(1),
                status: Status::Open,
                head: Seq(1),
                assignee,
                assignment_version: 0,
                arrived_at: at,
                marks: Marks {
                    visitor_received: none,
                    visitor_read: none,
                    staff_received: none,
                    staff_read: none,
                },
                snoozed_until: None,
                address: None,
                score: None,
            },
            site: SiteId(1),
            site_name: "S".to_owned(),
            visitor: VisitorView {
                id: VisitorId(id),
                first_seen_at: at,
                page: None,
                language: None,
                time_zone: None,
                name: None,
                online: true,
            },
            last_line: "hi".to_owned(),
            last_side: Side::Visitor,
            last_at: at,
            unread,
            unanswered_at: None,
        })
    }

    fn ids(rows: &[Rc<Summary>]) -> Vec<u128> {
        rows.iter().map(|row| row.conversation.id.0).collect()
    }

    #[test]
    fn views_have_their_rows_in_their_order() {
        let me = AgentId(1);
        let rows = [
            summary(1, None, 1),
            summary(2, Some(me), 0),
            summary(3, None, 1),
            summary(4, Some(AgentId(2)), 0),
        ];
        let rows = rows.iter().map(|row| (**row).clone()).collect();
        let state = DeskState::new(me).after(DeskAction::Lists(rows, true));
        assert_eq!(ids(&state.view(View::Queue)), [1, 3], "who waits longest stands first");
        assert_eq!(ids(&state.view(View::Mine)), [2]);
        assert_eq!(ids(&state.view(View::All)), [4, 3, 2, 1]);
        assert_eq!(state.counts(), Some([2, 1, 0, 4, 0]));
    }

    #[test]
    fn what_i_put_aside_is_not_with_mine_until_it_comes_back() {
        let me = AgentId(1);
        let mut rows: Vec<Summary> = [1, 2, 3].map(|id| (*summary(id, Some(me), 0)).clone()).into();
        rows[0].conversation.snoozed_until = Some(UnixMillis(900));
        rows[1].conversation.snoozed_until = Some(UnixMillis(800));
        let state = DeskState::new(me).after(DeskAction::Lists(rows, true));
        assert_eq!(ids(&state.view(View::Mine)), [3]);
        assert_eq!(ids(&state.view(View::Snoozed)), [2, 1], "what comes back first stands first");
        assert_eq!(state.counts(), Some([0, 1, 2, 3, 0]));
    }

    #[test]
    fn what_is_resolved_while_one_looks_on_comes_to_the_resolved_ones() {
        let done = |id| {
            let mut row = (*summary(id, None, 0)).clone();
            row.conversation.status = Status::Resolved;
            row
        };
        let state = DeskState::new(AgentId(1)).after(DeskAction::Ended(vec![done(1)]));
        assert!(state.view(View::Resolved).is_empty(), "nobody has asked yet: the list will hold it");
        let state = state.after(DeskAction::Resolved(vec![done(1)], false));
        let state = state.after(DeskAction::Ended(vec![done(2)]));
        assert_eq!(ids(&state.view(View::Resolved)), [2, 1]);
    }

    #[test]
    fn a_row_that_did_not_change_is_the_same_allocation() {
        let rows = || vec![(*summary(1, None, 0)).clone(), (*summary(2, None, 0)).clone()];
        let one = DeskState::new(AgentId(1)).after(DeskAction::Lists(rows(), true));
        let mut changed = rows();
        changed[1].unread = 5;
        let two = one.after(DeskAction::Lists(changed, true));
        assert!(Rc::ptr_eq(&one.rows[0], &two.rows[0]));
        assert!(!Rc::ptr_eq(&one.rows[1], &two.rows[1]));
    }

    #[test]
    fn a_conversation_that_is_open_again_is_not_listed_as_resolved() {
        let mut done = (*summary(7, None, 0)).clone();
        done.conversation.status = Status::Resolved;
        let state = DeskState::new(AgentId(1)).after(DeskAction::Resolved(vec![done], false));
        assert_eq!(ids(&state.view(View::All)), [7]);
        let state = state.after(DeskAction::Lists(vec![(*summary(7, None, 1)).clone()], true));
        assert_eq!((ids(&state.view(View::All)), state.resolved.len()), (vec![7], 0));
    }
}
