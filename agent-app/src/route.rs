//! Every address of the desk, and how it is written. The one list that tests walk through (`Route::ALL_PATHS`).
//! Which page a route shows is decided in `app`.

use deskbell_shared::model::{ConversationId, InboxId, Priority, SiteId, TagId};

/// The folder below which everything lies.
pub const ROOT: &str = "/desk/";

/// The lists of conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum View {
    /// Open, and nobody has it.
    Queue,
    /// Open, and with me.
    Mine,
    /// With me, and put aside for a time.
    Snoozed,
    /// All, resolved ones last.
    All,
    /// Done.
    Resolved,
}

impl View {
    /// In the order of the rail.
    pub const ALL: [View; 5] = [View::Queue, View::Mine, View::Snoozed, View::All, View::Resolved];

    /// Whether only those have something in it who are given conversations.
    pub fn is_of_duty(self) -> bool {
        matches!(self, View::Mine | View::Snoozed)
    }

    /// The word in addresses and in the keys of texts.
    pub fn word(self) -> &'static str {
        match self {
            View::Queue => "queue",
            View::Mine => "mine",
            View::Snoozed => "snoozed",
            View::All => "all",
            View::Resolved => "resolved",
        }
    }
}

/// The parts of the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// My own name, picture, password.
    Profile,
    /// The websites.
    Sites,
    /// One website, or a new one.
    Site(Option<SiteId>),
    /// Where conversations land.
    Inboxes,
    /// One inbox, or a new one.
    Inbox(Option<InboxId>),
    /// Who may sign in.
    People,
    /// Saved answers.
    Snippets,
    /// The tags of the organisation.
    Tags,
    /// Visitors who are blocked.
    Blocked,
    /// Who did what.
    Audit,
}

/// Conversations of one kind, behind a number of the live board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heap {
    /// They wait for an agent, and can be served.
    Waiting,
    /// They wait, and their visitor is away without an address.
    Away,
    /// An agent has them, and the visitor waits for an answer.
    Unanswered,
    /// An answer will soon have been waited for as long as the inbox aims at.
    Soon,
    /// It has been waited for longer.
    Late,
    /// An agent has them.
    Open,
    /// Put aside for a time.
    Aside,
    /// Left by a visitor who has gone, and not answered.
    Left,
    /// Waits of today that ended with an agent.
    Served,
    /// Waits of today that were given up.
    GivenUp,
}

impl Heap {
    /// In the order of the board.
    pub const ALL: [Heap; 10] = [
        Heap::Waiting,
        Heap::Away,
        Heap::Unanswered,
        Heap::Soon,
        Heap::Late,
        Heap::Open,
        Heap::Aside,
        Heap::Left,
        Heap::Served,
        Heap::GivenUp,
    ];

    /// The word in addresses.
    pub fn word(self) -> &'static str {
        match self {
            Heap::Waiting => "waiting",
            Heap::Away => "away",
            Heap::Unanswered => "unanswered",
            Heap::Soon => "soon",
            Heap::Late => "late",
            Heap::Open => "open",
            Heap::Aside => "aside",
            Heap::Left => "left",
            Heap::Served => "served",
            Heap::GivenUp => "given-up",
        }
    }
}

/// The parts of the live board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Board {
    /// How it stands.
    Now,
    /// The same, with the conversations behind one of its numbers: of one inbox, or of all.
    Heap(Heap, Option<InboxId>),
    /// What was said about waits, and what came of it.
    Promises,
}

/// What was found, open beside the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The conversation.
    pub conversation: ConversationId,
    /// The row of it, in the count of staff; none: the conversation itself.
    pub row: Option<u64>,
}

/// What a list is narrowed to: all that is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Narrow {
    /// What has this tag.
    pub tag: Option<TagId>,
    /// What matters so much.
    pub priority: Option<Priority>,
}

impl Narrow {
    /// Whether it is everything.
    pub fn is_none(self) -> bool {
        self == Narrow::default()
    }

    /// Reads what stands in an address behind its path. What is not known narrows nothing.
    pub fn parse(query: &str) -> Narrow {
        let mut narrow = Narrow::default();
        for part in query.trim_start_matches('?').split('&') {
            match part.split_once('=') {
                Some(("tag", id)) => narrow.tag = TagId::from_hex(id),
                Some(("priority", name)) => narrow.priority = Priority::from_name(name),
                _ => {}
            }
        }
        narrow
    }

    /// Writes what stands behind the path of a list.
    pub fn query(self) -> String {
        let mut query = String::new();
        let mut put = |name: &str, value: &str| {
            query.push(if query.is_empty() { '?' } else { '&' });
            query.push_str(name);
            query.push_str(value);
        };
        if let Some(tag) = self.tag {
            put("tag=", &tag.to_hex());
        }
        if let Some(priority) = self.priority {
            put("priority=", priority.text());
        }
        query
    }

    /// What of it stays where one goes from one place to another: a list keeps it, another one begins with all.
    pub fn kept(self, from: Route, to: Route) -> Narrow {
        match (from, to) {
            (Route::Inbox(from, _), Route::Inbox(to, _)) if from == to => self,
            _ => Narrow::default(),
        }
    }
}

/// A place in the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The one-time link of an empty server; its secret is the fragment.
    Setup,
    /// Sign in.
    Login,
    /// The link an owner handed over; its secret is the fragment.
    Invite,
    /// The link an operator made for a forgotten password; its secret is the fragment.
    Reset,
    /// A list, and perhaps the conversation open beside it.
    Inbox(View, Option<ConversationId>),
    /// Search, and perhaps what was found open beside it.
    Search(Option<Hit>),
    /// How the inboxes stand.
    Board(Board),
    /// Settings.
    Settings(Part),
    /// Nothing is here.
    Missing,
}

impl Route {
    /// The address of every kind of page. `ID` stands for the hexadecimal id of a thing.
    pub const ALL_PATHS: &'static [&'static str] = &[
        "/desk/setup",
        "/desk/login",
        "/desk/invite",
        "/desk/reset",
        "/desk/inbox/queue",
        "/desk/inbox/mine",
        "/desk/inbox/snoozed",
        "/desk/inbox/all",
        "/desk/inbox/resolved",
        "/desk/inbox/queue/ID",
        "/desk/search",
        "/desk/search/ID",
        "/desk/search/ID/17",
        "/desk/board",
        "/desk/board/promises",
        "/desk/board/unanswered",
        "/desk/board/ID/waiting",
        "/desk/settings/profile",
        "/desk/settings/sites",
        "/desk/settings/sites/new",
        "/desk/settings/sites/ID",
        "/desk/settings/inboxes",
        "/desk/settings/inboxes/new",
        "/desk/settings/inboxes/ID",
        "/desk/settings/people",
        "/desk/settings/snippets",
        "/desk/settings/tags",
        "/desk/settings/blocked",
        "/desk/settings/audit",
        "/desk/missing",
    ];

    /// Reads an address. `/desk/` itself is the queue.
    pub fn parse(path: &str) -> Route {
        let path = path.strip_prefix("/desk").unwrap_or(path);
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [] | ["inbox"] => Route::Inbox(View::Queue, None),
            ["setup"] => Route::Setup,
            ["login"] => Route::Login,
            ["invite"] => Route::Invite,
            ["reset"] => Route::Reset,
            ["inbox", view] => view_of(view).map_or(Route::Missing, |view| Route::Inbox(view, None)),
            ["inbox", view, id] => match (view_of(view), ConversationId::from_hex(id)) {
                (Some(view), Some(id)) => Route::Inbox(view, Some(id)),
                _ => Route::Missing,
            },
            ["search"] => Route::Search(None),
            ["search", id] => hit_of(id, None).map_or(Route::Missing, |hit| Route::Search(Some(hit))),
            ["search", id, row] => match row.parse() {
                Ok(row) => hit_of(id, Some(row)).map_or(Route::Missing, |hit| Route::Search(Some(hit))),
                Err(_) => Route::Missing,
            },
            ["board"] => Route::Board(Board::Now),
            ["board", "promises"] => Route::Board(Board::Promises),
            ["board", heap] => {
                heap_of(heap).map_or(Route::Missing, |heap| Route::Board(Board::Heap(heap, None)))
            }
            ["board", id, heap] => match (heap_of(heap), InboxId::from_hex(id)) {
                (Some(heap), Some(id)) => Route::Board(Board::Heap(heap, Some(id))),
                _ => Route::Missing,
            },
            ["settings"] | ["settings", "profile"] => Route::Settings(Part::Profile),
            ["settings", "sites"] => Route::Settings(Part::Sites),
            ["settings", "sites", "new"] => Route::Settings(Part::Site(None)),
            ["settings", "sites", id] => {
                SiteId::from_hex(id).map_or(Route::Missing, |id| Route::Settings(Part::Site(Some(id))))
            }
            ["settings", "inboxes"] => Route::Settings(Part::Inboxes),
            ["settings", "inboxes", "new"] => Route::Settings(Part::Inbox(None)),
            ["settings", "inboxes", id] => {
                InboxId::from_hex(id).map_or(Route::Missing, |id| Route::Settings(Part::Inbox(Some(id))))
            }
            ["settings", "people"] => Route::Settings(Part::People),
            ["settings", "snippets"] => Route::Settings(Part::Snippets),
            ["settings", "tags"] => Route::Settings(Part::Tags),
            ["settings", "blocked"] => Route::Settings(Part::Blocked),
            ["settings", "audit"] => Route::Settings(Part::Audit),
            _ => Route::Missing,
        }
    }

    /// The conversation that is open.
    pub fn open(self) -> Option<ConversationId> {
        match self {
            Route::Inbox(_, open) => open,
            Route::Search(hit) => hit.map(|hit| hit.conversation),
            _ => None,
        }
    }

    /// Writes the address.
    pub fn path(self) -> String {
        let mut path = ROOT.to_owned();
        match self {
            Route::Setup => path.push_str("setup"),
            Route::Login => path.push_str("login"),
            Route::Invite => path.push_str("invite"),
            Route::Reset => path.push_str("reset"),
            Route::Inbox(view, open) => {
                path.push_str("inbox/");
                path.push_str(view.word());
                if let Some(id) = open {
                    path.push('/');
                    path.push_str(&id.to_hex());
                }
            }
            Route::Search(hit) => {
                path.push_str("search");
                if let Some(hit) = hit {
                    path.push('/');
                    path.push_str(&hit.conversation.to_hex());
                    if let Some(row) = hit.row {
                        path.push('/');
                        path.push_str(&row.to_string());
                    }
                }
            }
            Route::Board(board) => {
                path.push_str("board");
                match board {
                    Board::Now => {}
                    Board::Promises => path.push_str("/promises"),
                    Board::Heap(heap, inbox) => {
                        if let Some(id) = inbox {
                            path.push('/');
                            path.push_str(&id.to_hex());
                        }
                        path.push('/');
                        path.push_str(heap.word());
                    }
                }
            }
            Route::Settings(part) => {
                path.push_str("settings/");
                match part {
                    Part::Profile => path.push_str("profile"),
                    Part::Sites => path.push_str("sites"),
                    Part::Site(None) => path.push_str("sites/new"),
                    Part::Site(Some(id)) => {
                        path.push_str("sites/");
                        path.push_str(&id.to_hex());
                    }
                    Part::Inboxes => path.push_str("inboxes"),
                    Part::Inbox(None) => path.push_str("inboxes/new"),
                    Part::Inbox(Some(id)) => {
                        path.push_str("inboxes/");
                        path.push_str(&id.to_hex());
                    }
                    Part::People => path.push_str("people"),
                    Part::Snippets => path.push_str("snippets"),
                    Part::Tags => path.push_str("tags"),
                    Part::Blocked => path.push_str("blocked"),
                    Part::Audit => path.push_str("audit"),
                }
            }
            Route::Missing => path.push_str("missing"),
        }
        path
    }
}

fn view_of(word: &str) -> Option<View> {
    View::ALL.into_iter().find(|view| view.word() == word)
}

fn hit_of(id: &str, row: Option<u64>) -> Option<Hit> {
    Some(Hit { conversation: ConversationId::from_hex(id)?, row })
}

fn heap_of(word: &str) -> Option<Heap> {
    Heap::ALL.into_iter().find(|heap| heap.word() == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_list_is_narrowed_to_is_read_and_written_alike() {
        let (tag, priority) = (Some(TagId(7)), Some(Priority::High));
        for narrow in [
            Narrow::default(),
            Narrow { tag, priority: None },
            Narrow { tag: None, priority },
            Narrow { tag, priority },
        ] {
            assert_eq!(Narrow::parse(&narrow.query()), narrow);
        }
        assert_eq!(Narrow { tag: None, priority }.query(), "?priority=high");
        assert_eq!(Narrow::parse("?tag=x&priority=most&other"), Narrow::default());
        let (narrow, list) = (Narrow { tag, priority }, |view| Route::Inbox(view, None));
        let open = Route::Inbox(View::All, Some(ConversationId(1)));
        assert_eq!(narrow.kept(list(View::All), open), narrow);
        assert!(narrow.kept(list(View::All), list(View::Mine)).is_none());
        assert!(narrow.kept(Route::Search(None), list(View::Mine)).is_none());
    }

    #[test]
    fn every_path_is_read_and_written_alike() {
        let id = "0123456789abcdef0123456789abcdef";
        for path in Route::ALL_PATHS {
            let path = path.replace("ID", id);
            let route = Route::parse(&path);
            assert_eq!(route.path(), path);
            assert_eq!(route == Route::Missing, path.ends_with("missing"));
        }
        assert_eq!(Route::parse("/desk/"), Route::Inbox(View::Queue, None));
        assert_eq!(Route::parse("/desk/inbox/mine/xyz"), Route::Missing);
        for heap in Heap::ALL {
            for inbox in [None, Some(InboxId(7))] {
                let route = Route::Board(Board::Heap(heap, inbox));
                assert_eq!(Route::parse(&route.path()), route);
            }
        }
        assert_eq!(Route::parse("/desk/board/xyz"), Route::Missing);
        let id = "0123456789abcdef0123456789abcdef";
        assert_eq!(Route::parse(&["/desk/search/", id, "/x"].concat()), Route::Missing);
    }
}
