//! Stories: what people do and see while things go wrong, each told from beginning to end.

use deskbell_shared::codec::Wire;
use deskbell_shared::model::*;
use deskbell_shared::protocol::limits::{OUTBOX_MESSAGES_MAX, TEXT_BYTES_MAX};
use deskbell_shared::protocol::{CloseCode, Command, RefusalCode};
use deskbell_shared::session::*;

use super::server::PAGE_ROWS_MAX;
use super::world::World;

/// A visitor and an agent who talk to each other.
fn talking() -> (World, usize, usize, ConversationId) {
    let mut world = World::new(11);
    let (anna, mia) = (world.visitor(), world.agent());
    world.run(1_000);
    world.says(anna, "hello").unwrap();
    world.run(1_000);
    let conversation = world.only_conversation();
    world.give(mia, Input::Watch { conversation }).unwrap();
    world.says_in(mia, Some(conversation), "hi Anna").unwrap();
    world.run(3_000);
    (world, anna, mia, conversation)
}

fn numbered(range: core::ops::Range<usize>) -> Vec<String> {
    range.map(|n| n.to_string()).collect()
}

fn mark_of_first(world: &World, tab: usize, conversation: ConversationId) -> Option<Mark> {
    let session = &world.clients[tab].session;
    let c = session.conversation(conversation).unwrap();
    session.mark(c, &c.rows()[0])
}

#[test]
fn a_first_chat() {
    let (mut world, anna, mia, _) = talking();
    assert_eq!(world.sees(anna), ["hello", "hi Anna"]);
    assert_eq!(world.sees(mia), ["hello", "hi Anna"]);
    world.settle();
}

#[test]
fn what_is_written_offline_goes_out_by_itself_once() {
    let (mut world, anna, mia, _) = talking();
    world.server_up = false;
    world.cut(anna);
    world.run(5_000);
    for text in ["are", "you", "there?"] {
        world.says(anna, text).unwrap();
    }
    world.run(60_000);
    assert_eq!(world.drafts(anna), [DraftState::Queued; 3]);
    assert!(matches!(
        world.clients[anna].session.connection(UnixMillis(world.now)),
        Connection::Waiting { .. } | Connection::Connecting
    ));
    world.settle();
    assert_eq!(world.sees(mia), ["hello", "hi Anna", "are", "you", "there?"]);
    assert_eq!(world.drafts(anna), []);
}

#[test]
fn the_first_message_survives_a_reload_before_the_network_is_there() {
    let mut world = World::new(3);
    world.server_up = false;
    let anna = world.visitor();
    world.says(anna, "hello").unwrap();
    world.run(2_000);
    world.reload(anna);
    assert_eq!(world.sees(anna), ["hello"]);
    world.settle();
    assert_eq!(world.server.logs[&world.only_conversation()].rows.len(), 1);
    assert_eq!(world.sees(anna), ["hello"]);
}

#[test]
fn the_outbox_knows_of_a_file_whether_it_has_it_for_good() {
    let (mut world, anna, ..) = talking();
    let media = "application/pdf".to_owned();
    let file = FileView { id: FileId(9), name: "bill.pdf".into(), media, size: 9, width: None, height: None };
    let held = |world: &World| world.clients[anna].session.holds_file(FileId(9));
    assert_eq!(held(&world), None);
    world.server_up = false;
    world.cut(anna);
    let conversation = Some(world.only_conversation());
    let sends = Input::SendFile { conversation, file, text: String::new(), random: [7; 20] };
    world.give(anna, sends).unwrap();
    assert_eq!(held(&world), Some(false), "storage has not answered yet");
    world.run(5_000);
    assert_eq!(held(&world), Some(true));
    world.reload(anna);
    world.run(1_000);
    assert_eq!(held(&world), Some(true), "another page knows it from storage");
    world.settle();
    assert_eq!(held(&world), Some(true), "and so it is after the server has it");
}

#[test]
fn an_ack_that_got_lost_is_given_again() {
    let (mut world, anna, mia, _) = talking();
    world.server.moods.swallows = 1;
    world.server.moods.forgets_live = 1;
    world.says(anna, "once").unwrap();
    world.run(10_000);
    assert_eq!(world.drafts(anna), [DraftState::Sending]);
    world.run(20_000);
    assert_eq!(world.drafts(anna), [], "asked again on the same connection");
    world.says(anna, "and on").unwrap();
    world.settle();
    assert_eq!(world.sees(mia), ["hello", "hi Anna", "once", "and on"]);
}

#[test]
fn the_row_of_a_message_is_as_good_as_its_ack() {
    let (mut world, anna, _, _) = talking();
    world.server.moods.swallows = 1;
    world.says(anna, "once").unwrap();
    world.run(1_000);
    assert_eq!(world.drafts(anna), []);
    assert_eq!(world.clients[anna].session.unsent(), 0);
    world.settle();
}

#[test]
fn a_connection_that_says_nothing_is_found_dead_within_30_s() {
    let (mut world, anna, mia, conversation) = talking();
    world.half_open(anna);
    world.says_in(mia, Some(conversation), "still there?").unwrap();
    world.run(30_000);
    assert_eq!(world.sees(anna), ["hello", "hi Anna", "still there?"]);
    world.settle();
}

#[test]
fn in_a_hidden_tab_an_arriving_frame_finds_the_silence() {
    let (mut world, anna, _, _) = talking();
    let session = &mut world.clients[anna].session;
    // No timer fires while the computer sleeps; what was buffered arrives when it wakes.
    let late = UnixMillis(world.now + 3_600_000);
    let frame = "{\"frame\":\"beat\",\"now\":0}".to_owned();
    let link = link_of(session);
    session.handle(late, Input::Text { link, text: frame }).unwrap();
    assert!(matches!(session.state(), State::Waiting { .. }));
}

fn link_of(session: &mut Session) -> u32 {
    let id = session.new_id();
    let now = UnixMillis(0);
    session.handle(now, Input::Ask { id, text: String::new() }).unwrap();
    loop {
        if let Some(Effect::SendText { link, .. }) = session.effect() {
            return link;
        }
    }
}

#[test]
fn a_hole_is_filled_and_nothing_is_shown_behind_it() {
    let (mut world, anna, mia, conversation) = talking();
    world.server.moods.forgets_live = 4;
    for text in numbered(0..3) {
        world.says_in(mia, Some(conversation), &text).unwrap();
    }
    world.run(1_000);
    let rows = world.clients[anna].session.conversation(conversation).unwrap().rows().len();
    assert_eq!(rows, 2, "nothing told of them yet");
    world.server.moods.forgets_live = 0;
    world.says_in(mia, Some(conversation), "last").unwrap();
    world.run(1_000);
    assert_eq!(world.sees(anna)[2..], ["0", "1", "2", "last"]);
    world.settle();
}

#[test]
fn after_a_long_absence_the_newest_rows_come_first_and_older_ones_on_scroll() {
    let (mut world, anna, mia, conversation) = talking();
    world.server_up = false;
    world.cut(anna);
    world.run(1_000);
    world.server_up = true;
    world.give(anna, Input::Stop).unwrap();
    for text in numbered(0..20) {
        world.says_in(mia, Some(conversation), &text).unwrap();
        world.run(200);
    }
    world.run(40_000);
    world.give(anna, Input::Start).unwrap();
    world.run(2_000);
    assert_eq!(world.sees(anna), numbered(20 - PAGE_ROWS_MAX..20));
    let older = |world: &World| world.clients[anna].session.conversation(conversation).unwrap().has_older();
    let mut pages = 0;
    while older(&world) {
        world.give(anna, Input::LoadOlder { conversation }).unwrap();
        world.run(500);
        pages += 1;
    }
    assert_eq!(pages, 3);
    assert_eq!(world.sees(anna).len(), 22);
    world.settle();
}

#[test]
fn marks_go_from_queued_to_read() {
    let (mut world, anna, mia, conversation) = talking();
    assert_eq!(mark_of_first(&world, anna, conversation), Some(Mark::Received));
    world.give(mia, Input::Seen { conversation, read: Seq(2) }).unwrap();
    world.run(3_000);
    assert_eq!(mark_of_first(&world, anna, conversation), Some(Mark::Read));
    let session = &world.clients[anna].session;
    assert_eq!(session.unread(session.conversation(conversation).unwrap()), 1);
    world.give(anna, Input::Seen { conversation, read: Seq(2) }).unwrap();
    let session = &world.clients[anna].session;
    assert_eq!(session.unread(session.conversation(conversation).unwrap()), 0);
    world.settle();
}

#[test]
fn a_mark_made_offline_is_told_on_the_next_connection_and_not_repeated() {
    let (mut world, anna, mia, conversation) = talking();
    world.cut(anna);
    world.give(anna, Input::Seen { conversation, read: Seq(2) }).unwrap();
    world.run(20_000);
    let marks = |world: &World| {
        let seen = |command: &&Command| matches!(command, Command::Mark { read: Seq(2), .. });
        world.server.heard.iter().filter(seen).count()
    };
    assert_eq!(marks(&world), 1);
    world.cut(anna);
    world.settle();
    assert_eq!(marks(&world), 1, "the page already says so");
    let view = world.clients[mia].session.conversation(conversation).unwrap().view().unwrap();
    assert_eq!(view.marks.visitor_read, Seq(2));
}

#[test]
fn marks_are_told_once_a_second_however_fast_one_reads() {
    let (mut world, anna, mia, conversation) = talking();
    for n in 0..20 {
        world.says_in(mia, Some(conversation), "line").unwrap();
        world.run(100);
        world.give(anna, Input::Seen { conversation, read: Seq(n + 2) }).unwrap();
    }
    let of_visitor = |command: &&Command| matches!(command, Command::Mark { read, .. } if read.0 > 0);
    assert!(world.server.heard.iter().filter(of_visitor).count() <= 4);
    world.settle();
}

#[test]
fn marks_of_many_busy_conversations_together_stay_far_below_what_a_server_takes() {
    let mut world = World::new(23);
    let mia = world.agent();
    let visitors: Vec<_> = (0..45).map(|_| world.visitor()).collect();
    world.run(1_000);
    for visitor in &visitors {
        world.says(*visitor, "hello").unwrap();
    }
    world.run(1_000);
    let conversations: Vec<_> = world.server.logs.keys().copied().collect();
    for conversation in &conversations {
        world.give(mia, Input::Watch { conversation: *conversation }).unwrap();
    }
    world.run(4_000);
    world.server.heard.clear();
    for _ in 0..6 {
        for visitor in &visitors {
            world.says(*visitor, "more").unwrap();
        }
        world.run(1_000);
    }
    let marks = world.server.heard.iter().filter(|command| matches!(command, Command::Mark { .. })).count();
    assert!(marks <= 6 * 20, "{marks} in six seconds");
    world.run(10_000);
    let told = |id: &ConversationId| world.server.logs[id].view.marks.staff_received;
    assert!(conversations.iter().all(|id| told(id) == Seq(7)), "the newest is told in the end");
}

#[test]
fn typing_is_shown_renewed_sparingly_and_ends_by_itself() {
    let (mut world, anna, mia, conversation) = talking();
    let types = |world: &World| {
        let session = &world.clients[mia].session;
        session.typists(session.conversation(conversation).unwrap()).count()
    };
    for _ in 0..50 {
        world.give(anna, Input::Typing { conversation, on: true }).unwrap();
        world.run(100);
    }
    assert_eq!(types(&world), 1);
    let typing = |command: &&Command| matches!(command, Command::Typing { on: true, .. });
    assert_eq!(world.server.heard.iter().filter(typing).count(), 2);
    world.run(7_000);
    assert_eq!(types(&world), 0, "nobody said stop, but the sign is gone");
    world.give(anna, Input::Typing { conversation, on: true }).unwrap();
    world.run(200);
    assert_eq!(types(&world), 1);
    world.says(anna, "done").unwrap();
    world.run(500);
    assert_eq!(types(&world), 0, "the message says it");
    world.settle();
}

#[test]
fn two_tabs_share_one_outbox_and_one_of_them_sends() {
    let mut world = World::new(5);
    let anna = world.visitor();
    let second = world.another_tab(anna);
    world.run(500);
    world.says(anna, "from the first").unwrap();
    world.run(500);
    world.says(second, "from the second").unwrap();
    world.run(500);
    assert_eq!(world.sees(anna), ["from the first", "from the second"]);
    assert_eq!(world.sees(second), ["from the first", "from the second"]);
    // The tab that sends goes; the other takes over what it had not sent.
    world.server_up = false;
    world.says(anna, "and a last one").unwrap();
    world.run(10);
    world.close_tab(anna);
    world.settle();
    assert_eq!(world.sees(second), ["from the first", "from the second", "and a last one"]);
}

#[test]
fn two_tabs_that_both_begin_end_in_one_conversation() {
    let mut world = World::new(8);
    let anna = world.visitor();
    let second = world.another_tab(anna);
    world.says(anna, "a").unwrap();
    world.says(second, "b").unwrap();
    world.run(1_000);
    world.settle();
    let conversation = world.only_conversation();
    assert_eq!(world.server.logs[&conversation].rows.len(), 2);
    assert_eq!(world.sees(anna), world.sees(second));
}

#[test]
fn a_conversation_begun_elsewhere_takes_the_messages() {
    // Storage is denied, so the two tabs know nothing of each other but are one visitor.
    let mut world = World::new(8);
    let anna = world.visitor();
    world.devices[0].denied = true;
    world.reload(anna);
    let second = world.another_tab(anna);
    for n in ["1", "2"] {
        world.says(anna, n).unwrap();
        world.says(second, n).unwrap();
    }
    world.settle();
    let conversation = world.only_conversation();
    assert_eq!(world.server.logs[&conversation].rows.len(), 4);
    assert_eq!(world.sees(anna), world.sees(second));
}

#[test]
fn where_storage_is_denied_the_chat_works_and_says_so() {
    let mut world = World::new(2);
    let anna = world.visitor();
    world.devices[0].denied = true;
    world.reload(anna);
    world.server_up = false;
    world.says(anna, "hello").unwrap();
    world.run(1_000);
    let session = &world.clients[anna].session;
    assert!(!session.kept() && session.unsent_in_memory());
    world.settle();
    assert!(!world.clients[anna].session.unsent_in_memory());
    assert_eq!(world.sees(anna), ["hello"]);
}

#[test]
fn storage_that_never_answers_is_not_waited_for_for_ever() {
    let mut world = World::new(2);
    let anna = world.visitor();
    world.run(1_000);
    world.devices[0].hangs = true;
    world.says(anna, "hello").unwrap();
    world.run(2_000);
    assert!(world.server.logs.is_empty());
    world.run(3_000);
    assert!(!world.clients[anna].session.kept());
    assert_eq!(world.server.logs.len(), 1);
}

#[test]
fn a_restored_backup_is_offered_what_it_has_lost() {
    let (mut world, anna, mia, conversation) = talking();
    let backup = world.server.logs.clone();
    world.says(anna, "lost by the restore").unwrap();
    world.says_in(mia, Some(conversation), "mine too").unwrap();
    world.run(60_000);
    world.restore(backup);
    world.says(anna, "new").unwrap();
    world.settle();
    let texts: Vec<_> = world.server.logs[&conversation].rows.iter().filter_map(message_text).collect();
    assert_eq!(texts.len(), 5);
    for text in ["hello", "hi Anna", "lost by the restore", "mine too", "new"] {
        assert!(texts.contains(&text), "{text}");
    }
    assert_eq!(world.sees(anna), texts);
}

#[test]
fn a_restore_to_before_the_first_message_begins_the_conversation_again() {
    let (mut world, anna, _, conversation) = talking();
    world.restore(Default::default());
    world.settle();
    assert_eq!(world.only_conversation(), conversation);
    assert_eq!(world.sees(anna)[0], "hello");
}

#[test]
fn what_was_acknowledged_more_than_a_day_before_a_restore_is_not_offered_again() {
    let (mut world, anna, _, _) = talking();
    world.give(anna, Input::Stop).unwrap();
    let stored = world.devices[0].outbox.len();
    world.close_tab(anna);
    world.now += 25 * 3_600_000;
    world.reload(anna);
    world.run(100);
    assert_eq!((stored, world.devices[0].outbox.len()), (1, 0));
}

#[test]
fn a_refused_message_stays_on_screen_and_the_others_go() {
    let (mut world, anna, mia, _) = talking();
    for text in ["before", "forbidden", "after"] {
        world.says(anna, text).unwrap();
    }
    world.run(2_000);
    assert_eq!(world.drafts(anna), [DraftState::Refused(RefusalCode::Invalid)]);
    assert_eq!(world.sees(mia), ["hello", "hi Anna", "before", "after"]);
    world.reload(anna);
    world.run(2_000);
    assert_eq!(world.drafts(anna), [DraftState::Refused(RefusalCode::Invalid)], "over a reload too");
    let session = &world.clients[anna].session;
    let cmid = session.drafts(session.current().unwrap())[0].cmid;
    world.give(anna, Input::Discard { cmid }).unwrap();
    world.run(100);
    assert_eq!(world.drafts(anna), []);
    assert!(!world.devices[0].outbox.contains_key(&cmid.to_hex()));
}

#[test]
fn answers_to_press_go_with_their_message_over_a_reload_and_with_another_try() {
    let (mut world, _, mia, conversation) = talking();
    let choices = vec!["green".to_owned(), "black".to_owned()];
    world.server_up = false;
    world.cut(mia);
    let (text, random) = ("which is forbidden?".to_owned(), [7; 20]);
    let asks = Input::WriteChoices { conversation, text, choices: choices.clone(), random };
    world.give(mia, asks).unwrap();
    world.run(1_000);
    world.reload(mia);
    world.server_up = true;
    world.run(30_000);
    world.give(mia, Input::Watch { conversation }).unwrap();
    world.run(1_000);
    let offered = |world: &World| {
        let session = &world.clients[mia].session;
        let drafts = session.drafts(conversation).into_iter();
        drafts.map(|draft| (draft.cmid, draft.choices.to_vec(), draft.state)).collect::<Vec<_>>()
    };
    let state = DraftState::Refused(RefusalCode::Invalid);
    let [(cmid, kept, found)] = &offered(&world)[..] else { panic!("{:?}", offered(&world)) };
    assert_eq!((kept, found), (&choices, &state));
    let cmid = *cmid;
    world.give(mia, Input::Retry { cmid, random: [8; 20] }).unwrap();
    world.run(2_000);
    let heard = world.server.heard.iter().filter_map(|command| match command {
        Command::Send { messages, .. } => messages.iter().find_map(|draft| draft.choices.clone()),
        _ => None,
    });
    assert_eq!(heard.collect::<Vec<_>>(), [choices.clone(), choices]);
}

#[test]
fn a_server_that_cannot_store_now_gets_the_rest_later_in_order() {
    let (mut world, anna, mia, _) = talking();
    world.server.moods.stores = Some(3);
    for text in numbered(0..9) {
        world.says(anna, &text).unwrap();
    }
    world.run(1_000);
    assert_eq!(world.drafts(anna).len(), 6);
    let heard = world.server.heard.len();
    world.run(400);
    assert!(world.server.heard.len() <= heard + 1, "it is left in peace meanwhile");
    world.server.moods.stores = None;
    world.settle();
    assert_eq!(world.sees(mia)[2..], numbered(0..9));
}

#[test]
fn many_messages_go_in_batches_and_stay_in_order() {
    let (mut world, anna, mia, _) = talking();
    world.cut(anna);
    for text in numbered(0..100) {
        world.says(anna, &text).unwrap();
    }
    // The longest there is, and one that is all escapes: batches must still fit a frame.
    world.says(anna, &"\u{1}".repeat(TEXT_BYTES_MAX)).unwrap();
    world.says(anna, &"\u{2}".repeat(TEXT_BYTES_MAX)).unwrap();
    world.says(anna, &"\u{3}".repeat(TEXT_BYTES_MAX)).unwrap();
    world.settle();
    assert_eq!(world.sees(anna)[2..102], numbered(0..100));
    assert_eq!(world.sees(anna)[102..].len(), 3);
    world.give(mia, Input::Wake).unwrap();
    let longest = world.server.heard.iter().map(|command| command.to_text().len()).max().unwrap();
    assert!(longest <= deskbell_shared::protocol::limits::FRAME_BYTES_MAX);
}

#[test]
fn texts_that_cannot_be_taken_stay_with_the_caller() {
    let mut world = World::new(1);
    world.server_up = false;
    let anna = world.visitor();
    assert_eq!(world.says(anna, " \n"), Err(NotTaken::Empty));
    assert_eq!(world.says(anna, &"x".repeat(TEXT_BYTES_MAX + 1)), Err(NotTaken::TooLong));
    for _ in 0..OUTBOX_MESSAGES_MAX {
        world.says(anna, "x").unwrap();
    }
    assert_eq!(world.says(anna, "x"), Err(NotTaken::OutboxFull));
    assert_eq!(world.claims(anna, ConversationId(1), 0), Err(NotTaken::NotLive));
    world.settle();
    assert_eq!(world.sees(anna).len(), OUTBOX_MESSAGES_MAX);
    world.says(anna, "x").unwrap();
}

#[test]
fn ending_a_conversation_waits_for_what_was_written_before() {
    let (mut world, anna, mia, conversation) = talking();
    world.cut(anna);
    world.says(anna, "thanks, bye").unwrap();
    world.give(anna, Input::Resolve { conversation }).unwrap();
    world.settle();
    let view = world.clients[mia].session.conversation(conversation).unwrap().view().unwrap();
    assert_eq!(view.status, Status::Resolved);
    assert!(world.devices[0].cache.is_empty(), "its transcript does not stay on the device");
    // Writing again opens it again.
    world.says(anna, "one more thing").unwrap();
    world.settle();
    let view = world.clients[mia].session.conversation(conversation).unwrap().view().unwrap();
    assert_eq!(view.status, Status::Open);
}

#[test]
fn claims_are_answered_refused_or_lost() {
    let (mut world, anna, mia, conversation) = talking();
    let won = world.claims(mia, conversation, 0).unwrap();
    let late = world.claims(mia, conversation, 0).unwrap();
    world.run(1_000);
    let session = &world.clients[anna].session;
    let view = session.conversation(conversation).unwrap().view().unwrap();
    assert_eq!(view.assignee.as_ref().map(|agent| agent.name.as_str()), Some("Mia"));
    let lost = world.claims(mia, conversation, 1).unwrap();
    world.cut(mia);
    world.run(1_000);
    let answers = world.clients[mia].answers.clone();
    assert_eq!(answers[0], (won, Answer::Done));
    assert!(matches!(answers[1], (id, Answer::Refused { code: RefusalCode::Conflict, .. }) if id == late));
    assert_eq!(answers[2], (lost, Answer::Lost));
    world.settle();
}

#[test]
fn a_transcript_is_there_before_the_network_is() {
    let (mut world, anna, _, _) = talking();
    world.server_up = false;
    world.reload(anna);
    assert_eq!(world.sees(anna), ["hello", "hi Anna"]);
    world.settle();
}

#[test]
fn somebody_elses_transcript_is_not_shown() {
    let (mut world, anna, _, conversation) = talking();
    world.clients[anna].who = super::server::Who::Visitor(VisitorId(999));
    world.reload(anna);
    world.run(2_000);
    assert_eq!(world.sees(anna), [] as [String; 0]);
    assert!(world.devices[0].cache.is_empty());
    assert!(world.clients[anna].session.conversation(conversation).is_none());
}

#[test]
fn a_polite_restart_spreads_the_clients_and_loses_nothing() {
    let (mut world, anna, mia, _) = talking();
    world.says(anna, "just before").unwrap();
    world.drain(8_000);
    world.run(200);
    assert!(matches!(world.clients[anna].session.state(), State::Waiting { attempt: 0, .. }));
    world.give(anna, Input::Wake).unwrap();
    assert!(
        matches!(world.clients[anna].session.state(), State::Waiting { .. }),
        "a hint is no reason to hurry"
    );
    world.settle();
    assert_eq!(world.sees(mia), ["hello", "hi Anna", "just before"]);
}

#[test]
fn waits_double_up_to_half_a_minute_and_a_hint_cuts_them_short() {
    let mut world = World::new(9);
    world.server_up = false;
    let anna = world.visitor();
    let mut longest = 0;
    for _ in 0..60 {
        if let State::Waiting { until, attempt } = *world.clients[anna].session.state() {
            let wait = until.0 - world.now;
            let cap = (500i64 << (attempt - 1).min(16)).min(30_000);
            assert!(wait <= cap, "attempt {attempt} waits {wait}");
            longest = longest.max(wait);
        }
        let deadline = world.clients[anna].session.deadline().unwrap();
        world.run(deadline.0 - world.now + 50);
    }
    assert!(longest > 10_000);
    world.server_up = true;
    world.give(anna, Input::Online(true)).unwrap();
    world.run(500);
    assert_eq!(world.clients[anna].session.connection(UnixMillis(world.now)), Connection::Live);
}

#[test]
fn a_session_that_may_not_come_back_stops_and_says_why() {
    for (code, why) in
        [(4503, Stop::SignedOut), (4501, Stop::Version), (4504, Stop::Closed(CloseCode::Abuse))]
    {
        let (mut world, anna, _, _) = talking();
        let session = &mut world.clients[anna].session;
        let link = link_of(session);
        session.handle(UnixMillis(world.now), Input::Closed { link, code }).unwrap();
        assert_eq!(*session.state(), State::Stopped { why });
        assert_eq!(session.deadline(), None);
    }
    let mut world = World::new(1);
    world.ticket_fails = Some(TicketFailure::SignedOut);
    let anna = world.visitor();
    world.run(100_000);
    assert_eq!(*world.clients[anna].session.state(), State::Stopped { why: Stop::SignedOut });
    world.ticket_fails = None;
    world.says(anna, "kept meanwhile").unwrap();
    world.give(anna, Input::Start).unwrap();
    world.settle();
    assert_eq!(world.sees(anna), ["kept meanwhile"]);
}

#[test]
fn a_page_put_aside_is_quiet_and_comes_back() {
    let (mut world, anna, mia, conversation) = talking();
    world.give(anna, Input::Stop).unwrap();
    assert_eq!(world.clients[anna].session.deadline(), None);
    world.run(1_000);
    world.says_in(mia, Some(conversation), "gone?").unwrap();
    world.says(anna, "written while away").unwrap();
    world.run(600_000);
    assert_eq!(world.sees(anna).last().unwrap(), "written while away");
    world.give(anna, Input::Start).unwrap();
    world.settle();
    assert_eq!(world.sees(anna), ["hello", "hi Anna", "gone?", "written while away"]);
}

#[test]
fn changes_are_told_once_between_two_drains() {
    let (mut world, anna, _, conversation) = talking();
    world.clients[anna].changes.clear();
    world.says(anna, "x").unwrap();
    let told = world.clients[anna].changes.iter().filter(|c| **c == Changed::Conversation(conversation));
    assert_eq!(told.count(), 1);
}
