//! What is known of the conversations and the connection, as the screens read it. It changes only by `DeskAction`s, which
//! say what the wire has told.

use std::ops::Deref;
use std::rc::Rc;

use deskbell_shared::model::{
    AgentId, ConversationId, ConversationView, Entry, InboxId, SiteView, SnippetView, Summary, ViewView,
};
use deskbell_shared::protocol::{AttendantView, RefusalCode};
use deskbell_shared::session::{Connection, LongList};
use yew::Reducible;

use super::bulk::Bulk;
use super::lists::Lists;
use super::map::{Map, Set};
use super::team::{InboxDesk, Team};
use crate::route::{Narrow, View};
use crate::shown::transcript::Pending;

/// Rows of a transcript, shared until there are others.
pub type Rows = Rc<Vec<Entry>>;

/// A conversation that is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// What colleagues have done that is kept at a time.
const CALLS_MAX: usize = 8;

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
    /// Conversations in their lists.
    pub lists: Lists,
    /// Whether the lists are complete.
    pub is_listed: bool,
    /// Whether there are further resolved ones; `None` before they were asked for.
    pub more_resolved: Option<bool>,
    /// What the lists last said of conversations that are followed and not in them any more.
    pub left: Map<ConversationId, Rc<Summary>>,
    /// Conversations that are followed.
    pub talks: Map<ConversationId, Rc<Talk>>,
    /// Which colleagues are at conversations that are followed, and what they do there.
    pub attended: Map<ConversationId, Rc<Vec<AttendantView>>>,
    /// Conversations in which something is written that was not sent.
    pub drafts: Rc<Set<ConversationId>>,
    /// What is being claimed.
    pub claiming: Set<ConversationId>,
    /// Saved answers that may be used here, once asked for.
    pub snippets: Rc<Vec<SnippetView>>,
    /// Saved views, once asked for.
    pub views: Rc<Vec<ViewView>>,
    /// How the inboxes stand.
    pub team: Team,
    /// The sites, once asked for.
    pub sites: Option<Rc<Vec<SiteView>>>,
    /// The last deed for many, and whether what came of it has been read.
    pub bulk: Option<(Rc<Bulk>, bool)>,
    /// Something that has to be said once, in words, and a number that tells two of them apart.
    pub said: Option<(u32, String)>,
    /// The last thing a colleague did about a conversation of mine that I have to hear of, and how many there were.
    pub calling: Vec<(u32, Rc<Calling>)>,
}

/// What has happened.
#[derive(Clone, Debug)]
pub enum DeskAction {
    /// Several, in this order.
    Many(Vec<DeskAction>),
    /// The connection changed.
    Line(Line),
    /// The lists changed: the open conversations by their ids, and whether these are all.
    Lists(LongList, bool),
    /// Resolved conversations arrived; whether there are more.
    Resolved(Vec<Summary>, bool),
    /// The lists are narrowed to something else.
    Narrow(Narrow),
    /// Conversations were resolved while the desk looked on.
    Ended(Vec<Summary>),
    /// A followed conversation changed.
    Talk(ConversationId, Box<Talk>),
    /// A conversation is not followed any more.
    Unfollowed(ConversationId),
    /// Other colleagues came to a conversation, or left it.
    Attended(ConversationId, Vec<AttendantView>),
    /// These have something written that was not sent; or it is another text than was drawn.
    Drafts(Set<ConversationId>),
    /// A claim began or ended.
    Claiming(ConversationId, bool),
    /// A conversation that is in no list was asked for.
    Found(Box<Summary>),
    /// All snippets.
    Snippets(Vec<SnippetView>),
    /// All saved views.
    Views(Vec<ViewView>),
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
    /// A deed for many goes on.
    Bulk(Box<Bulk>),
    /// What came of it has been read.
    BulkRead,
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
            lists: Lists::new(me),
            is_listed: false,
            more_resolved: None,
            left: Map::new(),
            talks: Map::new(),
            attended: Map::new(),
            drafts: Rc::new(Set::new()),
            claiming: Set::new(),
            snippets: Rc::default(),
            views: Rc::default(),
            team: Team::new(),
            sites: None,
            bulk: None,
            said: None,
            calling: Vec::new(),
        }
    }

    /// How many conversations each view has; `None` before the lists are complete.
    pub fn counts(&self) -> Option<[usize; View::ALL.len()]> {
        self.is_listed.then(|| self.lists.counts())
    }

    /// What a list says of a conversation, with the newer state from its transcript where that is known.
    pub fn find(&self, id: ConversationId) -> Option<Summary> {
        let summary = self.lists.find(id).or_else(|| self.left.get(&id))?;
        let mut summary = (**summary).clone();
        if let Some(view) = self.talks.get(&id).and_then(|talk| talk.view.as_ref())
            && view.head >= summary.conversation.head
        {
            summary.conversation = view.clone();
        }
        Some(summary)
    }

    /// The open conversations once these are all. An empty list is told, too: what comes first after it is news.
    pub fn told(&self) -> Option<LongList> {
        self.is_listed.then(|| self.lists.open().clone())
    }

    /// The last deed for many, for as long as what comes of it is shown.
    pub fn bulk_shown(&self) -> Option<&Rc<Bulk>> {
        self.bulk.as_ref().filter(|(_, is_read)| !is_read).map(|(bulk, _)| bulk)
    }

    /// Lists resolved conversations.
    fn resolve(&mut self, rows: Vec<Summary>) {
        let ended = self.lists.resolve(rows);
        self.keep_left(ended);
    }

    /// Keeps what is followed and has gone from the lists of open ones.
    fn keep_left(&mut self, rows: impl IntoIterator<Item = Rc<Summary>>) {
        for row in rows.into_iter().filter(|row| self.talks.has(&row.conversation.id)) {
            let id = row.conversation.id;
            if self.left.get(&id).is_none_or(|known| known.feed <= row.feed) {
                self.left.insert(id, row);
            }
        }
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
            DeskAction::Many(all) => return all.into_iter().fold(next, |state, action| state.after(action)),
            DeskAction::Line(line) => {
                next.was_live |= line.connection == Connection::Live;
                if line.connection != Connection::Live {
                    next.attended = Map::new();
                }
                next.line = line;
            }
            DeskAction::Lists(rows, is_listed) => {
                let changes = next.lists.renew(rows);
                let gone = changes.iter().filter(|(_, after)| after.is_none());
                next.keep_left(gone.filter_map(|(before, _)| before.clone()));
                for row in changes.iter().filter_map(|(_, after)| after.as_ref()) {
                    next.left.remove(&row.conversation.id);
                }
                next.is_listed = is_listed;
            }
            DeskAction::Resolved(rows, more) => {
                next.resolve(rows);
                next.more_resolved = Some(more);
            }
            DeskAction::Narrow(narrow) => {
                let done = next.lists.narrow(narrow);
                next.keep_left(done);
                next.more_resolved = None;
            }
            // Before they were asked for there is no list that it could be missing from.
            DeskAction::Ended(rows) if self.more_resolved.is_some() => next.resolve(rows),
            // One that is open before somebody is shown as it is now all the same.
            DeskAction::Ended(rows) => next.keep_left(rows.into_iter().map(Rc::new)),
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
            DeskAction::Drafts(drafts) => next.drafts = Rc::new(drafts),
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
            DeskAction::Views(views) => next.views = Rc::new(views),
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
            DeskAction::Bulk(bulk) => next.bulk = Some((Rc::new(*bulk), false)),
            DeskAction::BulkRead => next.bulk = self.bulk.clone().map(|(bulk, _)| (bulk, true)),
            DeskAction::Call(calling) => {
                let number = self.calling.last().map_or(0, |(number, _)| *number);
                // Several may come in one draw; what was heard long ago is kept by nobody.
                let kept = self.calling.len().saturating_sub(CALLS_MAX - 1);
                next.calling.drain(..kept);
                next.calling.push((number + 1, Rc::new(calling)));
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
    use crate::state::bulk::Act;
    use deskbell_shared::model::{
        AgentView, Epoch, Feed, Filed, InboxId, Marks, Seq, Side, SiteId, Status, UnixMillis, VisitorId,
        VisitorView,
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
            filed: None,
        })
    }

    /// Open conversations as the wire tells them.
    pub(crate) fn listed(rows: impl IntoIterator<Item = Rc<Summary>>) -> LongList {
        let mut list = LongList::default();
        for row in rows {
            list.put(0, row);
        }
        list
    }

    fn ids(state: &DeskState, view: View) -> Vec<u128> {
        let listed = state.lists.view(view);
        let ids: Vec<u128> = listed.range(0..listed.len()).map(|row| row.conversation.id.0).collect();
        for (place, id) in ids.iter().enumerate() {
            assert_eq!(listed.place(ConversationId(*id)), Some(place));
        }
        ids
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
        let state = DeskState::new(me).after(DeskAction::Lists(listed(rows), true));
        assert_eq!(ids(&state, View::Queue), [1, 3], "who waits longest stands first");
        assert_eq!(ids(&state, View::Mine), [2]);
        assert_eq!(ids(&state, View::All), [4, 3, 2, 1]);
        assert_eq!(state.counts(), Some([2, 1, 0, 4, 0]));
    }

    #[test]
    fn what_i_put_aside_is_not_with_mine_until_it_comes_back() {
        let me = AgentId(1);
        let mut rows: Vec<Summary> = [1, 2, 3].map(|id| (*summary(id, Some(me), 0)).clone()).into();
        rows[0].conversation.snoozed_until = Some(UnixMillis(900));
        rows[1].conversation.snoozed_until = Some(UnixMillis(800));
        let rows = listed(rows.into_iter().map(Rc::new));
        let state = DeskState::new(me).after(DeskAction::Lists(rows, true));
        assert_eq!(ids(&state, View::Mine), [3]);
        assert_eq!(ids(&state, View::Snoozed), [2, 1], "what comes back first stands first");
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
        assert!(ids(&state, View::Resolved).is_empty(), "nobody has asked yet: the list will hold it");
        let state = state.after(DeskAction::Resolved(vec![done(1)], false));
        let state = state.after(DeskAction::Ended(vec![done(2)]));
        assert_eq!(ids(&state, View::Resolved), [2, 1]);
    }

    /// What came of it is told with its end, which no list of open ones holds.
    #[test]
    fn what_ends_while_it_is_open_on_the_screen_says_what_came_of_it() {
        let id = ConversationId(1);
        let talk = Talk {
            view: None,
            rows: Rc::default(),
            pending: Vec::new(),
            is_visitor_typing: false,
            has_older: false,
            is_loading_older: false,
            is_catching_up: false,
            refused: None,
            is_resolving: false,
            revision: 1,
        };
        let before = summary(1, Some(AgentId(1)), 0);
        let mut done = (*before).clone();
        done.conversation.status = Status::Resolved;
        done.feed = Feed(9);
        done.filed = Some(Filed { outcome: Some("bug".to_owned()), ..Filed::NOTHING });
        let state = DeskState::new(AgentId(1)).after(DeskAction::Lists(listed([before]), true));
        let state = state.after(DeskAction::Talk(id, Box::new(talk)));
        let state = state.after(DeskAction::Ended(vec![done.clone()]));
        let state = state.after(DeskAction::Lists(listed([]), true));
        assert_eq!(state.find(id), Some(done));
    }

    #[test]
    fn a_deed_for_many_is_taken_back_while_it_is_shown() {
        let row = summary(1, None, 0);
        let bulk = Bulk::new(&Act::Claim, [&*row].into_iter(), AgentId(1)).unwrap();
        let state = DeskState::new(AgentId(1)).after(DeskAction::Bulk(Box::new(bulk)));
        assert!(state.bulk_shown().is_some());
        assert!(state.after(DeskAction::BulkRead).bulk_shown().is_none());
    }

    #[test]
    fn a_conversation_that_is_open_again_is_not_listed_as_resolved() {
        let mut done = (*summary(7, None, 0)).clone();
        done.conversation.status = Status::Resolved;
        let state = DeskState::new(AgentId(1)).after(DeskAction::Resolved(vec![done], false));
        assert_eq!(ids(&state, View::All), [7]);
        let state = state.after(DeskAction::Lists(listed([summary(7, None, 1)]), true));
        assert_eq!((ids(&state, View::All), ids(&state, View::Resolved)), (vec![7], vec![]));
    }

    #[test]
    fn what_is_resolved_stands_once_in_the_list_of_all_before_the_feed_has_told() {
        let row = (*summary(7, None, 0)).clone();
        let mut done = row.clone();
        done.conversation.status = Status::Resolved;
        done.feed = Feed(8);
        let state = DeskState::new(AgentId(1)).after(DeskAction::Resolved(vec![], false));
        let open = listed([summary(6, None, 0), Rc::new(row)]);
        let state = state.after(DeskAction::Lists(open, true)).after(DeskAction::Ended(vec![done.clone()]));
        assert_eq!((ids(&state, View::All), ids(&state, View::Queue)), (vec![6, 7], vec![6]));
        let state = state.after(DeskAction::Lists(listed([summary(6, None, 0)]), true));
        assert_eq!((ids(&state, View::All), ids(&state, View::Resolved)), (vec![6, 7], vec![7]));
        // What is told late of one that is open again is no news.
        done.feed = Feed(5);
        let state = state.after(DeskAction::Lists(listed([summary(7, None, 0)]), true));
        let state = state.after(DeskAction::Ended(vec![done]));
        assert_eq!((ids(&state, View::All), ids(&state, View::Resolved)), (vec![7], vec![]));
    }
}
