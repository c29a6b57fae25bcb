//! Special cases that the simulator found, each kept as a story of its own. How they came about in a whole world is
//! told by their seeds, which change with the simulator; these stay.

use deskbell_shared::codec::Wire;
use deskbell_shared::model::*;
use deskbell_shared::protocol::command::FeedPosition;
use deskbell_shared::protocol::frame::Ack;
use deskbell_shared::protocol::{Command, Frame, Me, RefusalCode, VERSION};
use deskbell_shared::session::*;

use super::world::{Tab, World};

/// A visitor and an agent who talk to each other.
fn talking() -> (World, Tab, Tab, ConversationId) {
    let mut world = World::new(17);
    let (anna, mia) = (world.visitor(), world.agent());
    world.run(1_000);
    world.says(anna, "hello").unwrap();
    world.run(1_000);
    let conversation = world.only_conversation();
    world.give(mia, Input::Watch { conversation }).unwrap();
    world.run(3_000);
    (world, anna, mia, conversation)
}

/// How often the server has heard a message.
fn heard(world: &World, cmid: Cmid) -> usize {
    let batches = world.server.heard.iter().filter_map(|command| match command {
        Command::Start { messages, .. } | Command::Send { messages, .. } => Some(messages),
        _ => None,
    });
    batches.flatten().filter(|draft| draft.cmid == cmid).count()
}

/// The number of the last batch the server has heard.
fn last_batch(world: &World) -> u32 {
    let batches = world.server.heard.iter().rev();
    let mut ids = batches.filter_map(|command| match command {
        Command::Start { id, .. } | Command::Send { id, .. } => Some(*id),
        _ => None,
    });
    ids.next().unwrap()
}

fn hears(world: &mut World, tab: Tab, frame: Frame) {
    let link = link_of(world, tab);
    world.give(tab, Input::Text { link, text: frame.to_text() }).unwrap();
}

/// The number of its connection. What its session wanted done meanwhile is dropped.
fn link_of(world: &mut World, tab: Tab) -> u32 {
    let session = &mut world.clients[tab].session;
    let id = session.new_id();
    let now = UnixMillis(world.now);
    session.handle(now, Input::Ask { id, text: String::new() }).unwrap();
    loop {
        if let Some(Effect::SendText { link, .. }) = session.effect() {
            return link;
        }
    }
}

#[test]
fn an_ack_of_the_present_lineage_counts_whatever_the_clocks_of_tabs_say() {
    let (mut world, anna, ..) = talking();
    let cmid = world.clients[anna].written[0];
    let stored = world.devices[0].outbox[&cmid.to_hex()].clone();
    let mut row = OutboxRow::from_text(&stored).unwrap();
    // Another tab, whose clock is hours ahead, still believes in the database before the restore.
    let at = UnixMillis(world.now + 6 * 60 * 60 * 1_000);
    row.acked = Some(Receipt { epoch: Epoch(77), seq: Seq(40), at });
    for _ in 0..3 {
        world.give(anna, Input::RowChanged { row: row.clone(), kept: false }).unwrap();
        world.run(20_000);
    }
    assert_eq!(heard(&world, cmid), 1, "it is not offered again and again");
    assert_eq!(world.clients[anna].session.unsent(), 0);
    world.settle();
}

#[test]
fn a_refusal_is_not_undone_by_an_ack_of_another_lineage() {
    let (mut world, anna, ..) = talking();
    world.says(anna, "forbidden").unwrap();
    world.run(2_000);
    let cmid = world.clients[anna].written[1];
    let mut row = OutboxRow::from_text(&world.devices[0].outbox[&cmid.to_hex()]).unwrap();
    row.refused = None;
    row.acked = Some(Receipt { epoch: Epoch(77), seq: Seq(40), at: UnixMillis(world.now) });
    world.give(anna, Input::RowChanged { row, kept: false }).unwrap();
    world.run(30_000);
    assert_eq!(heard(&world, cmid), 1);
    assert!(matches!(world.drafts(anna)[..], [DraftState::Refused(_)]));
}

#[test]
fn a_stored_message_is_not_called_refused_by_the_answer_to_its_repeat() {
    let (mut world, anna, _, conversation) = talking();
    world.server.moods.swallows = 2;
    world.server.moods.forgets_live = 1;
    world.says(anna, "once").unwrap();
    world.run(21_000);
    let cmid = world.clients[anna].written[1];
    assert_eq!(heard(&world, cmid), 2, "no answer, so it was said again");
    // The first answer was late; and before the second one came, the right to write was gone.
    let (first, second) = (0, last_batch(&world));
    let (epoch, at) = (world.server.epoch, UnixMillis(0));
    let acks = vec![deskbell_shared::protocol::Ack { cmid, seq: Seq(2), at }];
    hears(&mut world, anna, Frame::Acked { id: first, conversation, epoch, acks, refused: None });
    let (code, message) = (RefusalCode::NotAllowed, String::new());
    let refused =
        Frame::Refused { id: Some(second), code, conversation: None, retry_after_ms: None, message };
    hears(&mut world, anna, refused);
    assert_eq!(world.clients[anna].session.unsent(), 0);
    assert!(!world.drafts(anna).iter().any(|draft| matches!(draft, DraftState::Refused(_))));
}

#[test]
fn what_was_written_before_is_sent_before_also_in_another_conversation() {
    let (mut world, anna, mia, conversation) = talking();
    world.give(mia, Input::Resolve { conversation }).unwrap();
    world.run(2_000);
    world.server_up = false;
    world.cut(anna);
    world.run(1_000);
    world.says_in(anna, Some(conversation), "first").unwrap();
    world.says_in(anna, None, "second").unwrap();
    world.server.heard.clear();
    world.settle();
    let sent: Vec<&str> = world
        .server
        .heard
        .iter()
        .filter_map(|command| match command {
            Command::Start { messages, .. } | Command::Send { messages, .. } => Some(messages),
            _ => None,
        })
        .flatten()
        .map(|draft| draft.text.as_str())
        .collect();
    assert_eq!(sent[..2], ["first", "second"]);
}

#[test]
fn a_conversation_that_is_no_longer_ours_is_known_as_such_while_connected() {
    let (mut world, _, mia, conversation) = talking();
    let code = RefusalCode::NotFound;
    let message = String::new();
    let refused =
        Frame::Refused { id: None, code, conversation: Some(conversation), retry_after_ms: None, message };
    hears(&mut world, mia, refused);
    let c = world.clients[mia].session.conversation(conversation).unwrap();
    assert_eq!(c.refused(), Some(RefusalCode::NotFound));
    assert!(!c.catching_up());
    // Asked for again, it is followed again.
    world.give(mia, Input::Watch { conversation }).unwrap();
    world.run(1_000);
    assert_eq!(world.clients[mia].session.conversation(conversation).unwrap().refused(), None);
    world.settle();
}

#[test]
fn lists_are_asked_for_as_a_whole_after_a_connection_was_lost() {
    let (mut world, _, mia, _) = talking();
    let position = FeedPosition { epoch: Some(world.server.epoch), after: Feed(7) };
    world.give(mia, Input::FeedAt(position)).unwrap();
    world.server.heard.clear();
    world.cut(mia);
    world.run(3_000);
    let mut hellos = world.server.heard.iter().filter_map(|command| match command {
        Command::Hello { feed, .. } => feed.as_ref(),
        _ => None,
    });
    // Who came and who went meanwhile is not in the feed.
    assert_eq!(hellos.next().map(|feed| feed.after), Some(Feed(0)));
}

#[test]
fn what_storage_refused_is_not_overtaken_by_what_it_takes_later() {
    let (mut world, anna, _, conversation) = talking();
    let second = world.another_tab(anna);
    world.run(3_000);
    // This tab is not connected, so nobody hears of what only its memory has.
    world.give(second, Input::Stop).unwrap();
    world.devices[0].denied = true;
    world.says(second, "one").unwrap();
    world.says(second, "two").unwrap();
    world.run(1_000);
    world.devices[0].denied = false;
    world.says(second, "three").unwrap();
    world.run(3_000);
    let rows = &world.server.logs[&conversation].rows;
    let texts: Vec<_> = rows.iter().filter_map(message_text).collect();
    assert_eq!(texts, ["hello", "one", "two", "three"]);
    world.give(second, Input::Start).unwrap();
    world.settle();
}

#[test]
fn storage_is_asked_for_one_message_after_another() {
    let (mut world, anna, ..) = talking();
    let saves = |session: &mut Session| {
        let effects = core::iter::from_fn(|| session.effect());
        effects.filter(|effect| matches!(effect, Effect::SaveOutbox(_))).count()
    };
    let now = UnixMillis(world.now);
    let session = &mut world.clients[anna].session;
    let write = |text: &str, n: u8| Input::Write { conversation: None, text: text.into(), random: [n; 20] };
    session.handle(now, write("one", 1)).unwrap();
    let first = loop {
        if let Effect::SaveOutbox(row) = session.effect().expect("storage is asked") {
            break row.cmid;
        }
    };
    session.handle(now, write("two", 2)).unwrap();
    assert_eq!(saves(session), 0, "it could take the second and refuse the first");
    session.handle(now, Input::Saved { cmid: first, kept: true }).unwrap();
    assert_eq!(saves(session), 1);
}

#[test]
fn a_conversation_is_followed_again_once_a_message_in_it_is_taken_again() {
    let (mut world, _, mia, conversation) = talking();
    let (code, message) = (RefusalCode::NotFound, String::new());
    let refused =
        Frame::Refused { id: None, code, conversation: Some(conversation), retry_after_ms: None, message };
    hears(&mut world, mia, refused);
    // The right to read came back, and nobody told this page; that its message was taken says so.
    world.says_in(mia, Some(conversation), "still here").unwrap();
    world.run(5_000);
    let c = world.clients[mia].session.conversation(conversation).unwrap();
    assert_eq!(c.refused(), None);
    assert_eq!(c.rows().last().and_then(message_text), Some("still here"));
    world.settle();
}

/// The texts of a conversation, as the server has them.
fn texts(world: &World, conversation: ConversationId) -> Vec<&str> {
    world.server.logs[&conversation].rows.iter().filter_map(message_text).collect()
}

#[test]
fn what_a_page_left_behind_is_told_to_the_tab_that_sends_before_anything_new() {
    // Storage took it, and the page was gone before it could tell.
    let now = UnixMillis(1_000);
    let (cmid, conversation) = (Cmid::from_parts(now, [1; 10]), ConversationId::from_parts(now, [2; 10]));
    let row = OutboxRow {
        cmid,
        conversation,
        text: "one".into(),
        audience: None,
        file: None,
        choices: None,
        about: None,
        inbox: None,
        acked: None,
        refused: None,
    };
    let mut session = Session::new(Side::Visitor, 1);
    let restored = Input::Restored { outbox: vec![row.clone()], cached: Vec::new(), kept: true };
    session.handle(now, restored).unwrap();
    let told = core::iter::from_fn(|| session.effect()).any(|effect| effect == Effect::TellTabs(row.clone()));
    assert!(told);
}

#[test]
fn a_message_that_was_moved_is_not_moved_back_by_a_tab_that_has_not_heard_of_it() {
    let (mut world, anna, _, conversation) = talking();
    // Taken, and not yet answered.
    world.server.moods.swallows = 1;
    world.server.moods.forgets_live = 1;
    world.says(anna, "moved").unwrap();
    world.run(1_000);
    let cmid = world.clients[anna].written[1];
    let mut row = OutboxRow::from_text(&world.devices[0].outbox[&cmid.to_hex()]).unwrap();
    row.conversation = ConversationId(conversation.0 ^ 1);
    world.give(anna, Input::RowChanged { row, kept: false }).unwrap();
    let drafts = world.clients[anna].session.drafts(conversation);
    assert!(drafts.iter().any(|draft| draft.cmid == cmid));
}

#[test]
fn an_ack_that_storage_refused_is_not_taken_for_stored_by_other_tabs() {
    let (mut world, anna, _, conversation) = talking();
    let second = world.another_tab(anna);
    world.run(3_000);
    world.devices[0].denied = true;
    world.says(second, "one").unwrap();
    world.says(second, "two").unwrap();
    world.run(3_000);
    assert_eq!(texts(&world, conversation), ["hello", "one", "two"]);
    let written = world.clients[second].written.clone();
    assert!(written.iter().all(|cmid| !world.devices[0].outbox.contains_key(&cmid.to_hex())));
    // Whichever tab is left has what storage takes later, although another one was answered.
    world.close_tab(second);
    world.devices[0].denied = false;
    world.says(anna, "three").unwrap();
    world.run(3_000);
    assert!(written.iter().all(|cmid| world.devices[0].outbox.contains_key(&cmid.to_hex())));
    world.settle();
}

#[test]
fn what_a_page_may_not_read_is_sent_by_the_next_one_that_may() {
    let (mut world, anna, _, conversation) = talking();
    world.server_up = false;
    world.cut(anna);
    world.says(anna, "one").unwrap();
    world.run(1_000);
    world.devices[0].denied = true;
    world.reload(anna);
    world.server_up = true;
    world.run(60_000);
    assert!(world.clients[anna].session.drafts(conversation).is_empty(), "this page does not know of it");
    // A storage that was denied when the page was loaded is not opened again in it.
    world.devices[0].denied = false;
    world.run(60_000);
    assert_eq!(texts(&world, conversation), ["hello"]);
    world.reload(anna);
    world.settle();
    assert_eq!(texts(&world, conversation), ["hello", "one"]);
}

#[test]
fn a_page_without_storage_sends_for_itself_and_other_tabs_do_not_send_it_again() {
    let (mut world, anna, mia, conversation) = talking();
    let second = world.another_tab(anna);
    world.give(mia, Input::Resolve { conversation }).unwrap();
    world.run(2_000);
    world.devices[0].denied = true;
    world.reload(second);
    world.devices[0].denied = false;
    world.run(3_000);
    // Each begins a conversation before it can know of the other's: one of them is moved.
    world.says_in(second, None, "mine").unwrap();
    world.says_in(anna, None, "yours").unwrap();
    world.settle();
    let mut all: Vec<_> = world.server.logs.keys().flat_map(|id| texts(&world, *id)).collect();
    all.sort_unstable();
    assert_eq!(all, ["hello", "mine", "yours"]);
}

#[test]
fn a_start_that_the_network_held_back_takes_nothing_from_what_was_acknowledged() {
    let (mut world, anna, mia, conversation) = talking();
    let late = ConversationId(conversation.0 ^ 1);
    world.says_in(anna, Some(late), "one").unwrap();
    world.run(2_000);
    // Another conversation is open, so the message went there; that one is ended.
    assert_eq!(texts(&world, conversation), ["hello", "one"]);
    world.give(mia, Input::Resolve { conversation }).unwrap();
    world.run(2_000);
    // Then its first way arrives, from a connection given up long ago, to a server that knows repeats within one
    // conversation only.
    let cmid = world.clients[anna].written[1];
    let messages = vec![Draft { cmid, text: "one".into(), audience: None, file: None, choices: None }];
    let start = Command::start(1, late, messages);
    world.arrives_late(anna, &start);
    world.settle();
    assert_eq!(texts(&world, conversation), ["hello", "one"]);
    assert_eq!(world.clients[anna].session.unsent(), 0);
}

#[test]
fn after_a_restore_every_tab_offers_what_it_remembers_though_storage_never_had_it() {
    let (mut world, anna, ..) = talking();
    let second = world.another_tab(anna);
    world.run(3_000);
    let backup = world.server.logs.clone();
    world.devices[0].denied = true;
    world.says(anna, "one").unwrap();
    world.says(second, "two").unwrap();
    world.run(3_000);
    // What this page knew is gone with it: storage had none of it.
    world.close_tab(anna);
    world.run(1_000);
    world.says(second, "three").unwrap();
    world.run(3_000);
    world.restore(backup);
    world.settle();
    assert_eq!(texts(&world, world.only_conversation()), ["hello", "one", "two", "three"]);
}

#[test]
fn where_a_message_was_moved_is_known_to_other_tabs_before_storage_has_it() {
    let (mut world, anna, mia, conversation) = talking();
    let second = world.another_tab(anna);
    world.run(3_000);
    world.give(second, Input::Stop).unwrap();
    world.says_in(anna, Some(ConversationId(conversation.0 ^ 1)), "one").unwrap();
    world.run(2);
    // Stored where it was written. It goes to the conversation that is open, of which storage does not hear, and the
    // answer gets lost with the tab.
    world.devices[0].hangs = true;
    world.server.moods.swallows = 1;
    world.server.moods.forgets_live = 1;
    world.run(500);
    world.close_tab(anna);
    assert_eq!(texts(&world, conversation), ["hello", "one"]);
    world.give(mia, Input::Resolve { conversation }).unwrap();
    world.run(2_000);
    world.give(second, Input::Start).unwrap();
    world.settle();
    assert_eq!(texts(&world, world.only_conversation()), ["hello", "one"]);
}

#[test]
fn a_page_that_loads_hears_what_storage_never_had_before_what_was_written_after_it() {
    let (mut world, anna, ..) = talking();
    let backup = world.server.logs.clone();
    world.devices[0].denied = true;
    world.says(anna, "one").unwrap();
    world.says(anna, "two").unwrap();
    world.run(3_000);
    // Acknowledged, and in the memory of the first page only. The next page loads, and hears of what is written next.
    world.devices[0].denied = false;
    world.another_tab(anna);
    world.run(100);
    world.devices[0].denied = true;
    world.says(anna, "three").unwrap();
    world.run(3_000);
    // After the restore the second page is there first.
    world.give(anna, Input::Stop).unwrap();
    world.restore(backup);
    world.run(30_000);
    world.give(anna, Input::Start).unwrap();
    world.settle();
    assert_eq!(texts(&world, world.only_conversation()), ["hello", "one", "two", "three"]);
}

#[test]
fn what_only_memory_has_is_told_and_stored_before_what_became_of_later_messages() {
    let (mut world, anna, _, conversation) = talking();
    world.devices[0].denied = true;
    world.says(anna, "one").unwrap();
    world.run(3_000);
    world.says(anna, "two").unwrap();
    world.run(2);
    let cmids = world.clients[anna].written.clone();
    let link = link_of(&mut world, anna);
    let session = &mut world.clients[anna].session;
    let epoch = session.epoch().unwrap();
    let acks = vec![Ack { cmid: cmids[2], seq: Seq(9), at: UnixMillis(1) }];
    let acked = Frame::Acked { id: 4_000, conversation, epoch, acks, refused: None };
    session.handle(UnixMillis(world.now), Input::Text { link, text: acked.to_text() }).unwrap();
    let (mut told, mut stored) = (Vec::new(), Vec::new());
    while let Some(effect) = session.effect() {
        match effect {
            Effect::TellTabs(row) if row.acked.is_some() => told.push(row.cmid),
            Effect::SaveOutbox(row) => stored.push(row.cmid),
            _ => {}
        }
    }
    // A page that has loaded since hears of both, and one that loads later finds no gap.
    assert_eq!((&told[..], &stored[..]), (&cmids[1..3], &cmids[1..2]));
}

#[test]
fn what_was_asked_for_before_rows_were_erased_is_no_answer_any_more() {
    let (mut world, anna, mia, conversation) = talking();
    world.says(anna, "one").unwrap();
    world.says(anna, "two").unwrap();
    world.run(3_000);
    let known = world.clients[mia].session.conversation(conversation).unwrap();
    let (view, rows) = (known.view().unwrap().clone(), known.rows().to_vec());
    let epoch = view.epoch;
    let count = rows.len();
    hears(&mut world, mia, Frame::Erased { conversation, epoch });
    // Older rows, for a reader who had scrolled; the word that rows were erased has overtaken them.
    let old = Frame::Page { id: Some(4_000), conversation: view, rows: rows[..1].to_vec() };
    hears(&mut world, mia, old);
    let shown = |world: &World| world.clients[mia].session.conversation(conversation).unwrap().rows().len();
    assert_eq!(shown(&world), 0, "nothing old stands where the newest has to");
    world.settle();
    assert_eq!(shown(&world), count);
}

#[test]
fn what_was_taken_back_is_offered_to_no_server_again() {
    let (mut world, anna, mia, conversation) = talking();
    let backup = world.server.logs.clone();
    world.says(anna, "my password is tulip").unwrap();
    world.says(anna, "lost by the restore").unwrap();
    world.run(3_000);
    let cmid = world.clients[anna].written[1];
    assert_eq!(world.devices[0].outbox.len(), 3);
    let id = world.clients[anna].session.new_id();
    let withdraw = Command::Withdraw { id, conversation, message: cmid };
    world.give(anna, Input::Ask { id, text: withdraw.to_text() }).unwrap();
    world.run(3_000);
    assert_eq!(world.sees(mia), ["hello", "lost by the restore"]);
    assert_eq!(world.devices[0].outbox.len(), 2, "the device holds it no more");
    world.unkept.insert(cmid);
    world.restore(backup);
    world.settle();
    assert_eq!(world.sees(mia), ["hello", "lost by the restore"]);
    assert_eq!(heard(&world, cmid), 1);
}

#[test]
fn tickets_that_are_forgotten_again_and_again_keep_nobody_out() {
    let (mut world, anna, ..) = talking();
    world.server.moods.forgets_tickets = 5;
    world.cut(anna);
    world.run(60_000);
    assert_eq!(world.server.moods.forgets_tickets, 0, "each was tried");
    assert!(matches!(world.clients[anna].session.state(), State::Live { .. }));
    world.settle();
}

#[test]
fn who_is_too_fast_in_many_conversations_says_one_thing_after_another() {
    const VISITORS: usize = 12;
    let mut world = World::new(29);
    let visitors: Vec<Tab> = (0..VISITORS).map(|_| world.visitor()).collect();
    let mia = world.agent();
    world.run(1_000);
    for anna in &visitors {
        world.says(*anna, "hello").unwrap();
    }
    world.run(1_000);
    let conversations: Vec<ConversationId> = world.server.logs.keys().copied().collect();
    assert_eq!(conversations.len(), VISITORS);
    for conversation in &conversations {
        world.give(mia, Input::Watch { conversation: *conversation }).unwrap();
    }
    world.run(5_000);
    let tries = |world: &World| {
        let sends = |command: &&Command| matches!(command, Command::Send { .. });
        world.server.heard.iter().filter(sends).count()
    };
    let before = tries(&world);
    world.server.moods.stores = Some(0);
    for (at, conversation) in conversations.iter().enumerate() {
        let text = format!("answer {at}");
        let random = [at as u8 + 1; 20];
        world.give(mia, Input::Write { conversation: Some(*conversation), text, random }).unwrap();
    }
    world.run(1_400);
    let at_once = tries(&world) - before;
    assert!((1..VISITORS).contains(&at_once), "{at_once} at once");
    world.run(15_000);
    let later = tries(&world) - before - at_once;
    // Each time as long as the server said.
    assert!((5..=11).contains(&later), "{later} tries in ten waits");
    world.server.moods.stores = None;
    world.settle();
    assert_eq!(world.clients[mia].session.unsent(), 0);
}

#[test]
fn a_beginning_that_came_too_fast_is_begun_again() {
    let mut world = World::new(31);
    let anna = world.visitor();
    world.run(1_000);
    world.server.moods.stores = Some(0);
    world.says(anna, "hello").unwrap();
    world.run(5_000);
    assert!(world.server.logs.is_empty(), "nothing of it was stored");
    world.server.moods.stores = None;
    world.settle();
    assert_eq!(world.clients[anna].session.unsent(), 0);
    assert!(!world.drafts(anna).iter().any(|draft| matches!(draft, DraftState::Refused(_))));
    assert_eq!(world.sees(anna), ["hello"]);
}

/// What a session says once it is let in as a visitor, with these rows in storage.
fn said_after_a_welcome(session: &mut Session, outbox: &[OutboxRow]) -> Vec<Command> {
    let (now, mut said) = (UnixMillis(2_000), Vec::new());
    while let Some(effect) = session.effect() {
        let answer = match effect {
            Effect::FetchTicket { link } => Input::Ticket { link, ticket: "t".into() },
            Effect::Connect { link } => Input::Opened { link },
            Effect::SeekElection => Input::Elected { outbox: outbox.to_vec() },
            Effect::SendText { link, text } => match Command::from_text(&text).unwrap() {
                Command::Hello { .. } => {
                    let me = Me::Visitor { id: VisitorId(3) };
                    let welcome = Frame::Welcome {
                        version: VERSION,
                        epoch: Epoch(9),
                        now,
                        me,
                        conversations: vec![],
                        last_messages: None,
                        told: None,
                        service: None,
                    };
                    Input::Text { link, text: welcome.to_text() }
                }
                command => {
                    said.push(command);
                    continue;
                }
            },
            _ => continue,
        };
        session.handle(now, answer).unwrap();
    }
    said
}

#[test]
fn what_was_written_for_an_inbox_begins_there_after_a_reload_and_by_another_tab() {
    let (now, sales) = (UnixMillis(1_000), InboxId(7));
    let mut session = Session::new(Side::Visitor, 1);
    session.handle(now, Input::Restored { outbox: vec![], cached: vec![], kept: true }).unwrap();
    session.handle(now, Input::Choose(Some(sales))).unwrap();
    session.handle(now, Input::Write { conversation: None, text: "one".into(), random: [1; 20] }).unwrap();
    // Somebody else is looked at meanwhile; what is written stays for whom it was.
    session.handle(now, Input::Choose(None)).unwrap();
    let saved = core::iter::from_fn(|| session.effect()).find_map(|effect| match effect {
        Effect::SaveOutbox(row) => Some(row),
        _ => None,
    });
    let row = OutboxRow::from_text(&saved.unwrap().to_text()).unwrap();
    let begins = |said: &[Command]| match said {
        [Command::Start { conversation, inbox, .. }, ..] => Some((*conversation, *inbox)),
        _ => None,
    };
    // By the next page, and by a tab that is only told of it.
    let mut next = Session::new(Side::Visitor, 2);
    next.handle(now, Input::Restored { outbox: vec![row.clone()], cached: vec![], kept: true }).unwrap();
    next.handle(now, Input::Start).unwrap();
    let said = said_after_a_welcome(&mut next, std::slice::from_ref(&row));
    assert_eq!(begins(&said), Some((row.conversation, Some(sales))), "{said:?}");
    let mut other = Session::new(Side::Visitor, 3);
    other.handle(now, Input::Restored { outbox: vec![], cached: vec![], kept: true }).unwrap();
    other.handle(now, Input::Start).unwrap();
    assert_eq!(said_after_a_welcome(&mut other, &[]), []);
    other.handle(now, Input::RowChanged { row: row.clone(), kept: true }).unwrap();
    let said = said_after_a_welcome(&mut other, &[]);
    assert_eq!(begins(&said), Some((row.conversation, Some(sales))), "{said:?}");
    // Which conversation is in which inbox is known before the server has told.
    assert_eq!(other.current_in(Some(sales)), Some(row.conversation));
    assert_eq!(other.current_in(Some(InboxId(8))), None);
}
