//! What people see, as text: each state of the session beside the file that says what its screen is made of. To accept
//! a change on purpose, run with `DESKBELL_SCREENS=write` and read the difference.

mod stage;

use std::fs;
use std::path::Path;

use deskbell_shared::model::id::{Cmid, Seq};
use deskbell_shared::model::message::{Author, Entry, EntryBody};
use deskbell_shared::model::site::{Closed, Service};
use deskbell_shared::model::time::UnixMillis;
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::frame::{Frame, WaitNews, WaitView};

use crate::nodes::paper::Paper;
use crate::nodes::patch::patch;
use crate::nodes::printed::printed;
use stage::{EARLIER, HELP, SALES, Stage, agent, message, mia};

/// Compares the screen with `screens/NAME.txt`.
#[track_caller]
fn assert_screen(name: &str, stage: &Stage) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/views/tests/screens");
    let path = folder.join(name).with_extension("txt");
    let shown = printed(&stage.shows());
    if std::env::var_os("DESKBELL_SCREENS").is_some_and(|it| it == "write") {
        fs::write(&path, &shown).expect("writing a screen");
    }
    let wanted = fs::read_to_string(&path).unwrap_or_default();
    assert!(shown == wanted, "{name} is not what {} says; it is:\n{shown}", path.display());
}

/// A conversation of three messages and an answer, with marks of the staff up to these rows.
fn talking(received: u64, read: u64) -> Stage {
    let assigned = (Author::System {}, EntryBody::Assigned { to: mia(), version: 1 });
    let rows = vec![
        message(Author::Visitor {}, 0xa1, "Hello"),
        assigned,
        message(agent(), 0xb1, "See https://tea.example/green."),
        message(Author::Visitor {}, 0xa2, "Thank you"),
        message(Author::Visitor {}, 0xa3, "One more thing"),
    ];
    Stage::with_rows(rows, received, read)
}

#[test]
fn before_the_first_word() {
    assert_screen("connecting", &Stage::new());
    assert_screen("empty", &Stage::welcomed());
}

#[test]
fn what_was_talked_about_before() {
    let mut stage = talking(5, 5);
    stage.place = Some(None);
    assert_screen("home", &stage);
    stage.place = Some(Some(EARLIER));
    assert_screen("earlier", &stage);
    let over = (Author::Visitor {}, EntryBody::Resolved { version: 1 });
    let mut stage = Stage::with_rows(vec![message(Author::Visitor {}, 0xa1, "Hello"), over], 1, 1);
    stage.place = Some(None);
    assert_screen("home_none_open", &stage);
    let withdrawn = EntryBody::Erased { cmid: Some(Cmid(0xa1)), withdrawn: Some(true) };
    let mut stage = Stage::with_rows(vec![(Author::Visitor {}, withdrawn)], 1, 1);
    stage.place = Some(None);
    assert_screen("home_withdrawn", &stage);
}

/// The server tells of each inbox that may be chosen who is there, of that of the ticket last.
fn tells_of_both(stage: &mut Stage) {
    let until = Some(UnixMillis(stage::NOON + 24 * 60 * 60_000));
    let open = Service { online: true, agents: vec![mia()], closed: None, mail: None, busy: None };
    let closed = Service { closed: Some(Closed { until }), ..open.clone() };
    for (inbox, service) in [(SALES, closed), (HELP, open)] {
        stage.hears(Frame::ServiceChanged { service, inbox: Some(inbox) });
    }
}

#[test]
fn whom_to_talk_to_is_asked_where_there_is_a_choice() {
    let mut stage = Stage::welcomed();
    stage.has_choice = true;
    tells_of_both(&mut stage);
    assert_screen("choice", &stage);
    // Nobody is called there on the word of the other inbox.
    stage.chosen = Some(SALES);
    assert_screen("chosen", &stage);
    // One of them is not for this visitor: there is nothing to choose.
    let mut stage = Stage::welcomed();
    stage.has_choice = true;
    let service = Service { online: true, agents: vec![mia()], closed: None, mail: None, busy: None };
    stage.hears(Frame::ServiceChanged { service, inbox: Some(HELP) });
    assert_eq!(printed(&stage.shows()), printed(&Stage::welcomed().shows()));
}

#[test]
fn each_conversation_says_with_whom_it_is() {
    let mut stage = talking(5, 5);
    stage.has_choice = true;
    tells_of_both(&mut stage);
    let shown = printed(&stage.shows());
    assert!(shown.contains("Mia Lang") && shown.contains("Sales"), "{shown}");
    assert!(shown.contains("Closed until") && !shown.contains("Here now"), "{shown}");
    stage.place = Some(None);
    assert_screen("choice_open", &stage);
}

#[test]
fn a_first_message_on_its_way() {
    let mut stage = Stage::welcomed();
    stage.writes("Hello");
    assert_screen("sending", &stage);
    stage.is_answered(None);
    assert_screen("sent", &stage);
}

#[test]
fn how_far_messages_got() {
    assert_screen("received_and_read", &talking(4, 1));
}

#[test]
fn what_is_new_is_marked_and_read_out() {
    let mut stage = talking(5, 5);
    stage.panel.new_after = Some(Seq(1));
    stage.spoken_from = Some(Seq(1));
    stage.panel.at_end = false;
    assert_screen("new", &stage);
}

#[test]
fn marks_are_elements() {
    let rows = vec![
        message(Author::Visitor {}, 0xa1, "It is *really* _new_, `v2`: **https://tea.example/a_b**"),
        message(agent(), 0xb1, "Then\n1. open\n2. *pour*\n```\npour --all\n```\n- or\n- wait"),
    ];
    assert_screen("marked", &Stage::with_rows(rows, 2, 2));
}

#[test]
fn what_was_edited_and_what_was_withdrawn() {
    let erased = |cmid: Option<u128>| EntryBody::Erased { cmid: cmid.map(Cmid), withdrawn: Some(true) };
    let edited = |of, text: &str| EntryBody::Edited { of: Cmid(of), text: text.to_owned(), audience: None };
    let rows = vec![
        message(Author::Visitor {}, 0xa1, "Helo"),
        message(agent(), 0xb1, "Welcom"),
        (agent(), erased(Some(0xb2))),
        (agent(), erased(None)),
        (Author::Visitor {}, edited(0xa1, "Hello")),
        (agent(), edited(0xb1, "Welcome")),
    ];
    assert_screen("edited", &Stage::with_rows(rows, 2, 2));
}

/// An agent asks with answers to press, and this happens after it.
fn asked(after: Vec<(Author, EntryBody)>) -> Stage {
    let choices = Some(vec!["Green".to_owned(), "شاي أسود".to_owned()]);
    let body = EntryBody::Message { cmid: Cmid(0xb1), text: "Which?".to_owned(), file: None, choices };
    let mut rows = vec![message(Author::Visitor {}, 0xa1, "Hello"), (agent(), body)];
    rows.extend(after);
    Stage::with_rows(rows, 1, 1)
}

#[test]
fn answers_to_press() {
    let offers = |stage: &Stage| printed(&stage.shows()).contains("Quick replies");
    let mut stage = asked(vec![]);
    assert_screen("choices", &stage);
    stage.panel.at_end = false;
    assert!(offers(&stage), "they are there for who reads back");
    // What is pressed is on its way, or was typed: either answers. Also without a connection.
    stage.goes_offline();
    assert!(offers(&stage));
    stage.writes("Green");
    assert!(!offers(&stage), "it is answered as soon as it is said");
    let mut stage = asked(vec![]);
    stage.writes("Far too long");
    stage.is_answered(Some(RefusalCode::TooLong));
    assert!(offers(&stage), "what was not taken is no answer");
    assert!(!offers(&asked(vec![message(Author::Visitor {}, 0xa2, "Green")])));
    assert!(!offers(&asked(vec![message(agent(), 0xb2, "Or shall I choose?")])), "only the newest");
    assert!(!offers(&asked(vec![(agent(), EntryBody::Resolved { version: 2 })])), "not when it is over");
    let erased = EntryBody::Erased { cmid: Some(Cmid(0xb1)), withdrawn: Some(true) };
    let taken_back = vec![message(Author::Visitor {}, 0xa1, "Hello"), (agent(), erased)];
    assert!(!offers(&Stage::with_rows(taken_back, 1, 1)));
    let edited = EntryBody::Edited { of: Cmid(0xb1), text: "Which one?".to_owned(), audience: None };
    let screen = printed(&asked(vec![(agent(), edited)]).shows());
    assert!(screen.contains("Which one?") && screen.contains("Green"), "{screen}");
}

#[test]
fn a_message_that_was_refused() {
    let mut stage = talking(5, 5);
    stage.writes("Far too long");
    stage.is_answered(Some(RefusalCode::TooLong));
    assert_screen("refused", &stage);
}

#[test]
fn offline_messages_wait() {
    let mut stage = talking(5, 5);
    stage.goes_offline();
    stage.writes("Are you");
    stage.writes("there?");
    assert_screen("offline", &stage);
}

#[test]
fn somebody_types() {
    let mut stage = talking(5, 5);
    let conversation = stage.conversation();
    stage.hears(Frame::Typing { conversation, agent: Some(mia()), on: true });
    assert_screen("typing", &stage);
}

#[test]
fn a_place_in_the_queue() {
    let waiting = || Stage::with_rows(vec![message(Author::Visitor {}, 0xa1, "Hello")], 0, 0);
    let told = |position, minutes: Option<(i64, i64)>| {
        let mut stage = waiting();
        let at = |minutes: i64| UnixMillis(stage::NOON + minutes * 60_000);
        let wait = minutes.map(|(low, high)| WaitView { earliest_at: at(low), latest_at: at(high) });
        let conversation = stage.conversation();
        stage.hears(Frame::Queue { conversation, position, wait, why: WaitNews::Joined });
        stage
    };
    assert_screen("second_in_line", &told(2, Some((2, 5))));
    assert_screen("next_in_line", &told(1, Some((0, 3))));
    assert_screen("wait_unknown", &told(1, None));
    for (wait, words) in [
        ((40, 90), "Usually 40–90 minutes"),
        ((0, 135), "Usually within 3 hours"),
        ((59, 91), "Usually within 2 hours"),
        ((135, 290), "Usually 2–5 hours"),
    ] {
        let screen = printed(&told(1, Some(wait)).shows());
        assert!(screen.contains(words), "{wait:?} is not said as `{words}`:\n{screen}");
    }
    // While nobody answers it is said when somebody will, and no minutes.
    let mut stage = told(1, Some((0, 3)));
    let until = Some(UnixMillis(stage::NOON + 24 * 60 * 60_000));
    let service =
        Service { online: true, agents: vec![mia()], closed: Some(Closed { until }), mail: None, busy: None };
    stage.hears(Frame::ServiceChanged { service, inbox: None });
    assert!(!printed(&stage.shows()).contains("place_next"));
    // Where there is no room in the queue nobody is given a place, and it is said why.
    let closed = Some(Closed { until: None });
    let service = Service { online: true, agents: vec![mia()], closed, mail: Some(true), busy: Some(true) };
    stage.hears(Frame::ServiceChanged { service, inbox: None });
    let screen = printed(&stage.shows());
    assert!(screen.contains("Everybody is busy right now") && !screen.contains("place_next"), "{screen}");
    // Whoever has an agent waits for nobody; a place that comes late changes nothing.
    let mut stage = told(2, Some((2, 5)));
    let (conversation, epoch) = (stage.conversation(), stage::EPOCH);
    let body = EntryBody::Assigned { to: mia(), version: 1 };
    let entry = Entry { seq: Seq(2), at: UnixMillis(stage::NOON), author: Author::System {}, body };
    stage.hears(Frame::Entry { conversation, epoch, entry });
    stage.hears(Frame::Queue { conversation, position: 1, wait: None, why: WaitNews::MovedUp });
    stage.hears(Frame::AgentPresence { conversation, agent: mia().id, online: false });
    assert_screen("agent_lost", &stage);
}

#[test]
fn an_end_by_either_side() {
    let ended = |by: Author| {
        let said = message(Author::Visitor {}, 0xa1, "Hello");
        Stage::with_rows(vec![said, (by, resolved())], 2, 2)
    };
    assert_screen("ended_by_agent", &ended(agent()));
    assert_screen("ended_by_visitor", &ended(Author::Visitor {}));
}

/// Focus and scroll position hang on an element, and a screen reader listens to it: it is never another one.
#[test]
fn what_people_hold_on_to_stays() {
    let mut offline = talking(5, 5);
    offline.goes_offline();
    let mut ended = Stage::with_rows(vec![message(agent(), 1, "Hi"), (agent(), resolved())], 1, 1);
    ended.panel.at_end = false;
    let states = [Stage::new(), Stage::welcomed(), talking(5, 5), offline, ended, talking(1, 1)];
    let held = [("id", "close"), ("class", "transcript"), ("role", "status"), ("class", "for-readers")];
    let (paper, mut mounted) = (Paper::new(), Vec::new());
    let mut first = None;
    for state in &states {
        patch(&paper, &0, &mut mounted, state.shows());
        let now = held.map(|(name, value)| paper.having(name, value).expect(value));
        assert_eq!(now, *first.get_or_insert(now));
    }
}

fn resolved() -> EntryBody {
    EntryBody::Resolved { version: 2 }
}
