//! What the command bar offers: what keys can do here and now, places, conversations; and which of it is meant by a few
//! letters. Pure.

use deskbell_shared::model::{AgentId, Availability, Right, Role, Status, Summary, ViewView};

use super::listed::Listed;
use super::views::{is_gone, place_of};
use crate::format::name_of_visitor;
use crate::route::{Board, Narrow, Part, Route, View};
use crate::state::keys::{Deed, KEYS, of_caps};
use crate::text::{t, tn};

/// Conversations that are offered at a time.
const TALKS_MAX: usize = 6;
/// Conversations that are looked through for a name, the newest first: who has more is better served by the search.
const LOOKED_AT_MAX: usize = 5_000;

/// In how many ways a command may be what somebody means.
const WAYS: usize = 6;

/// What commands are about, in the order shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// What is open.
    Here,
    /// Another conversation.
    Talks,
    /// Where to go.
    Places,
    /// Oneself, and this screen.
    Me,
}

/// What a command does.
#[derive(Clone, Debug, PartialEq)]
pub enum Does {
    /// What a key does.
    Deed(Deed),
    /// Goes there.
    Go(Route),
    /// Goes to a saved view, and whether its tag is gone.
    Visit(View, Narrow, bool),
    /// Chooses about getting conversations.
    Choose(Availability),
    /// Looks for these words everywhere.
    Search(String),
    /// Chooses between light and dark; empty: as the system has it.
    Scheme(&'static str),
    /// Neither rings nor shows notifications for so many minutes; none: does again.
    Silence(Option<i64>),
    /// Signs out in this browser.
    SignOut,
}

/// One line of the bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// What it is about.
    pub about: About,
    /// What it does.
    pub does: Does,
    /// What it is called.
    pub words: String,
    /// What stands beside that.
    pub beside: String,
    /// The keys that do the same.
    pub keys: &'static [&'static str],
    /// A word by which it is found in any language.
    also: &'static str,
}

/// What decides about that.
pub struct Known<'a> {
    /// Where one is.
    pub route: Route,
    /// Saved views.
    pub views: &'a [ViewView],
    /// The conversation that is open.
    pub talk: Option<&'a Summary>,
    /// Who I am.
    pub me: AgentId,
    /// What I am.
    pub role: Role,
    /// What I chose; none before it is known.
    pub availability: Option<Availability>,
    /// Whether I am asked to take a conversation.
    pub is_offered: bool,
    /// Whether the last deed for many can be taken back.
    pub can_undo: bool,
    /// For how long silence is offered, in minutes and words.
    pub silences: &'a [(i64, &'static str)],
    /// Whether silence was chosen.
    pub is_silent: bool,
    /// Whether light or dark was chosen, and which.
    pub scheme: &'a str,
}

/// Everything but conversations.
pub fn all(known: &Known) -> Vec<Command> {
    let mut all = Vec::new();
    let of_keys = |wanted: About, all: &mut Vec<Command>| {
        for (keys, text) in KEYS {
            let is_meant = |deed: &Deed| about(*deed, known) == Some(wanted) && known.role.may(deed.needs());
            let Some(deed) = of_caps(keys).filter(is_meant) else { continue };
            let (about, does, also) = (wanted, Does::Deed(deed), last_word(text));
            all.push(Command { about, does, words: t(text), beside: String::new(), keys, also });
        }
    };
    of_keys(About::Here, &mut all);
    of_keys(About::Places, &mut all);
    for view in known.views {
        let (list, narrow) = place_of(view);
        let does = Does::Visit(list, narrow, is_gone(view));
        let (words, beside) = (view.name.clone(), t("views.title"));
        all.push(Command { about: About::Places, does, words, beside, keys: &[], also: "" });
    }
    let parts = [
        (Part::Profile, "settings.profile", Right::Note),
        (Part::Snippets, "settings.snippets", Right::Note),
        (Part::Blocked, "settings.blocked", Right::Block),
        (Part::Sites, "settings.sites", Right::Manage),
        (Part::Inboxes, "settings.inboxes", Right::Manage),
        (Part::People, "settings.people", Right::Manage),
        (Part::Tags, "settings.tags", Right::Manage),
        (Part::Audit, "settings.audit", Right::ReadTrail),
    ];
    let parts = parts.into_iter().filter(|(.., right)| known.role.may(*right));
    let places = parts.map(|(part, text, _)| (Route::Settings(part), text, t("settings.title"))).chain([(
        Route::Board(Board::Promises),
        "board.promises",
        t("board.title"),
    )]);
    for (route, text, beside) in places.filter(|(route, ..)| *route != known.route) {
        let (does, also) = (Does::Go(route), last_word(text));
        all.push(Command { about: About::Places, does, words: t(text), beside, keys: &[], also });
    }
    let choices = [
        (Availability::Available, "availability.available"),
        (Availability::Busy, "availability.busy"),
        (Availability::Away, "availability.away"),
    ];
    for (choice, text) in choices.into_iter().filter(|(choice, _)| {
        known.role.may(Right::Serve) && known.availability.is_some_and(|now| now != *choice)
    }) {
        let (does, also, beside) = (Does::Choose(choice), last_word(text), t("availability.label"));
        all.push(Command { about: About::Me, does, words: t(text), beside, keys: &[], also });
    }
    let silences = known.silences.iter().map(|(minutes, text)| (Some(*minutes), *text));
    for (minutes, text) in silences.chain(known.is_silent.then_some((None, "quiet.end"))) {
        let (does, beside) = (Does::Silence(minutes), t("quiet.title"));
        all.push(Command { about: About::Me, does, words: t(text), beside, keys: &[], also: "silence" });
    }
    let schemes = [("light", "look.scheme.light"), ("dark", "look.scheme.dark"), ("", "look.scheme.auto")];
    for (scheme, text) in schemes.into_iter().filter(|(scheme, _)| *scheme != known.scheme) {
        let (does, also, beside) = (Does::Scheme(scheme), last_word(text), t("look.scheme"));
        all.push(Command { about: About::Me, does, words: t(text), beside, keys: &[], also });
    }
    of_keys(About::Me, &mut all);
    let out = "sign_out";
    let does = Does::SignOut;
    all.push(Command { about: About::Me, does, words: t(out), beside: String::new(), keys: &[], also: out });
    all
}

/// What a key would do now, and what that is about; none where it would do nothing, or is about rows of a list.
fn about(deed: Deed, known: &Known) -> Option<About> {
    let talk = known.talk.map(|talk| &talk.conversation);
    let is_open = talk.is_some_and(|talk| talk.status == Status::Open);
    let is_mine = is_open && talk.is_some_and(|talk| talk.is_with(known.me));
    let is_free = is_open && talk.is_some_and(|talk| talk.assignee.is_none());
    let (about, is_possible) = match deed {
        Deed::Claim => (About::Here, is_free),
        Deed::Transfer => (About::Here, is_free || is_mine),
        Deed::Reply | Deed::Choices | Deed::Snooze | Deed::Resolve => (About::Here, is_mine),
        Deed::Reopen => (About::Here, talk.is_some() && !is_open),
        Deed::Note | Deed::Person | Deed::Tags | Deed::Priority => (About::Here, talk.is_some()),
        Deed::Accept | Deed::Decline => (About::Here, known.is_offered),
        Deed::Undo => (About::Here, known.can_undo),
        Deed::Go(view) => (About::Places, known.route != Route::Inbox(view, None)),
        Deed::Search => (About::Places, known.route != Route::Search(None)),
        Deed::Narrow => (About::Places, matches!(known.route, Route::Inbox(..))),
        Deed::Board => (About::Places, known.route != Route::Board(Board::Now)),
        Deed::Help => (About::Me, true),
        _ => return None,
    };
    is_possible.then_some(about)
}

fn last_word(key: &'static str) -> &'static str {
    key.rsplit('.').next().unwrap_or_default()
}

/// What is meant, the best first; everything in its order while nothing is asked. `rows` are the conversations one sees.
pub fn meant(known: &Known, query: &str, rows: &Listed) -> Vec<Command> {
    let asked = query.trim().to_lowercase();
    let all = all(known);
    if asked.is_empty() {
        return all;
    }
    let words: Vec<&str> = asked.split_whitespace().collect();
    let talks = rows.range(0..LOOKED_AT_MAX.min(rows.len())).filter_map(|row| {
        let name = name_of_visitor(&row.visitor);
        words.iter().all(|word| name.to_lowercase().contains(word)).then(|| talk(row, name, known.me))
    });
    let talks = talks.filter(|talk| talk.does != Does::Go(known.route)).take(TALKS_MAX);
    // In the order of their ranks; a sort would cost more bytes than it saves time among so few.
    let mut ranked: [Vec<Command>; WAYS] = Default::default();
    for command in all.into_iter().chain(talks) {
        let worst = words.iter().map(|word| rank(&command, word)).max_by_key(|rank| rank.unwrap_or(WAYS));
        if let Some(rank) = worst.flatten() {
            ranked[rank].push(command);
        }
    }
    let mut found: Vec<Command> = ranked.into_iter().flatten().collect();
    let text = query.trim().to_owned();
    found.push(Command {
        about: About::Places,
        words: tn("commands.search", &[("words", &text)]),
        does: Does::Search(text),
        beside: String::new(),
        keys: &[],
        also: "",
    });
    found
}

fn talk(row: &Summary, words: String, me: AgentId) -> Command {
    let id = row.conversation.id;
    let view = match &row.conversation.assignee {
        _ if row.conversation.status == Status::Resolved => View::Resolved,
        None => View::Queue,
        Some(agent) if agent.id == me && row.conversation.snoozed_until.is_some() => View::Snoozed,
        Some(agent) if agent.id == me => View::Mine,
        Some(_) => View::All,
    };
    let does = Does::Go(Route::Inbox(view, Some(id)));
    Command { about: About::Talks, does, words, beside: row.last_line.clone(), keys: &[], also: "" }
}

/// How well a command is what somebody means by a word, 0 the best; `None` when it is not.
fn rank(command: &Command, word: &str) -> Option<usize> {
    let words = command.words.to_lowercase();
    let starts = words.split(|c: char| !c.is_alphanumeric()).filter(|one| !one.is_empty());
    let initials: String = starts.clone().filter_map(|one| one.chars().next()).collect();
    let ways: [bool; WAYS] = [
        words.starts_with(word),
        starts.clone().any(|one| one.starts_with(word)),
        words.contains(word),
        command.also.starts_with(word),
        initials.starts_with(word),
        command.beside.to_lowercase().starts_with(word),
    ];
    ways.iter().position(|is_meant| *is_meant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::desk::tests::summary;
    use crate::state::lists::Lists;
    use deskbell_shared::model::VisitorName;
    use deskbell_shared::session::LongList;
    use std::rc::Rc;

    const ME: AgentId = AgentId(1);

    fn known(route: Route, talk: Option<&Summary>) -> Known<'_> {
        let availability = Some(Availability::Busy);
        Known {
            route,
            views: &[],
            talk,
            me: ME,
            role: Role::Agent,
            availability,
            is_offered: false,
            can_undo: false,
            scheme: "",
            silences: &[],
            is_silent: false,
        }
    }

    fn rows(names: &[&str]) -> Listed {
        let mut open = LongList::default();
        for (id, name) in (1..).zip(names) {
            let mut row = (*summary(id, None, 0)).clone();
            row.visitor.name = Some(VisitorName { text: (*name).to_owned(), verified: false });
            open.put(0, Rc::new(row));
        }
        let mut lists = Lists::new(ME);
        lists.renew(open);
        lists.view(View::All)
    }

    fn does(commands: &[Command]) -> Vec<Does> {
        commands.iter().map(|command| command.does.clone()).collect()
    }

    #[test]
    fn what_a_key_would_not_do_is_not_offered() {
        let queue = Route::Inbox(View::Queue, None);
        let none = does(&all(&known(queue, None)));
        for deed in [
            Deed::Claim,
            Deed::Resolve,
            Deed::Reply,
            Deed::Accept,
            Deed::Undo,
            Deed::Go(View::Queue),
            Deed::Leave,
        ] {
            assert!(!none.contains(&Does::Deed(deed)), "{deed:?}");
        }
        assert!(none.contains(&Does::Deed(Deed::Go(View::Mine))) && none.contains(&Does::Deed(Deed::Help)));

        let (waiting, mine, theirs) =
            (summary(1, None, 0), summary(2, Some(ME), 0), summary(3, Some(AgentId(2)), 0));
        let of = |row: &Rc<Summary>| does(&all(&known(queue, Some(row))));
        let deeds = [Deed::Claim, Deed::Transfer, Deed::Resolve, Deed::Reply, Deed::Note];
        let offered = |row: &Rc<Summary>| deeds.map(|deed| of(row).contains(&Does::Deed(deed)));
        assert_eq!(offered(&waiting), [true, true, false, false, true]);
        assert_eq!(offered(&mine), [false, true, true, true, true]);
        assert_eq!(offered(&theirs), [false, false, false, false, true]);
    }

    #[test]
    fn saved_views_are_places() {
        let view = ViewView {
            id: deskbell_shared::model::ViewId(1),
            name: "Hot kettles".to_owned(),
            is_shared: true,
            list: deskbell_shared::model::ListName::All,
            terms: Vec::new(),
            is_tag_gone: None,
        };
        let mut known = known(Route::Inbox(View::Queue, None), None);
        known.views = std::slice::from_ref(&view);
        let found = meant(&known, "hk", &rows(&[]));
        assert_eq!(found[0].does, Does::Visit(View::All, Narrow::default(), false));
    }

    #[test]
    fn owners_get_their_settings_and_what_one_has_chosen_is_not_offered_again() {
        let mut known = known(Route::Inbox(View::Queue, None), None);
        let people = Does::Go(Route::Settings(Part::People));
        assert!(!does(&all(&known)).contains(&people));
        known.role = Role::Owner;
        let all = does(&all(&known));
        assert!(all.contains(&people));
        assert!(
            all.contains(&Does::Choose(Availability::Away))
                && !all.contains(&Does::Choose(Availability::Busy))
        );
    }

    #[test]
    fn a_few_letters_find_commands_in_any_language_people_and_the_search() {
        let mine = summary(9, Some(ME), 0);
        let known = known(Route::Inbox(View::Mine, Some(mine.conversation.id)), Some(&mine));
        // No words are loaded here, so that a command is called as its text is: `talk.resolve`.
        let found = meant(&known, " RESOLVE ", &rows(&["Rosa Solveig", "Mia"]));
        assert_eq!(found[0].does, Does::Deed(Deed::Resolve));
        assert_eq!(found.last().map(|last| &last.does), Some(&Does::Search("RESOLVE".to_owned())));
        assert!(!does(&found).contains(&Does::Deed(Deed::Transfer)));

        let found = meant(&known, "sol ro", &rows(&["Rosa Solveig", "Mia"]));
        assert_eq!(found[0].words, "Rosa Solveig");
        assert_eq!(meant(&known, "zzz", &rows(&["Mia"])).len(), 1);
        assert_eq!(meant(&known, "ia", &rows(&["Mia"]))[0].words, "Mia");
    }

    #[test]
    fn a_light_agent_is_offered_what_they_may_do() {
        let waiting = summary(1, None, 0);
        let mut known = known(Route::Inbox(View::All, None), Some(&waiting));
        known.role = Role::LightAgent;
        let all = does(&all(&known));
        for not in
            [Does::Deed(Deed::Claim), Does::Choose(Availability::Away), Does::Deed(Deed::Go(View::Mine))]
        {
            assert!(!all.contains(&not), "{not:?}");
        }
        assert!(
            all.contains(&Does::Deed(Deed::Note)) && !all.contains(&Does::Go(Route::Settings(Part::Blocked)))
        );
    }

    #[test]
    fn no_more_conversations_than_there_is_room_for() {
        let names = ["Mia"; TALKS_MAX + 3];
        let known = known(Route::Inbox(View::Queue, None), None);
        let talks =
            meant(&known, "mia", &rows(&names)).iter().filter(|one| one.about == About::Talks).count();
        assert_eq!(talks, TALKS_MAX);
    }
}
