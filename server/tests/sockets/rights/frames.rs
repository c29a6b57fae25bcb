//! Every frame, by every role.

use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{Audience, Availability, ConversationId, Draft, Right};
use deskbell_shared::protocol::{AgentCommand, CloseCode, Command, RefusalCode};

use super::{CANARY, Office, Row, everybody};
use crate::access::{NOT_ALLOWED, NOT_FOUND, Outcome, command, outcome_of};
use crate::support::Raw;
use crate::support::raw::draft;
use crate::support::server::new_token;

/// Every frame that agents say; a note, which goes as a message does; and the draft of one, which goes as that of an answer.
fn frame_row(tag: &str) -> Option<Row<Outcome>> {
    use Outcome::{Closed, Reply, Silence};
    use Row::{About, All, Role};
    Some(match tag {
        "hello" => All(Closed(CloseCode::Malformed)),
        "start" | "rate" | "leave_address" => All(NOT_ALLOWED),
        "note" => About(Right::Note, Reply("acked")),
        "send" => About(Right::Answer, Reply("acked")),
        "watch" | "sync" => About(Right::Note, Reply("page")),
        "unwatch" => All(Reply("done")),
        "mark" => About(Right::Note, Silence),
        "typing" => About(Right::Answer, Silence),
        "attend" => About(Right::Note, Reply("done")),
        "resolve" | "snooze" | "wake" | "transfer" => About(Right::Steer, Reply("done")),
        "claim" | "reopen" => About(Right::Serve, Reply("done")),
        "set_priority" | "wrap_up" => About(Right::Steer, Reply("done")),
        // There is no such tag.
        "tag" => About(Right::Steer, NOT_FOUND),
        // Nothing is offered to anybody.
        "decline" => About(Right::Serve, Outcome::Refused(RefusalCode::Conflict)),
        // Nobody has written under that id.
        "edit" | "withdraw" => About(Right::Note, NOT_FOUND),
        "note_mailed" => About(Right::Answer, Reply("done")),
        "keep_draft" => About(Right::Answer, Reply("done")),
        "draft_of_note" => About(Right::Note, Reply("done")),
        "follow_drafts" => All(Reply("done")),
        "set_availability" => Role(Right::Serve, Reply("done")),
        "list" => All(Reply("list_page")),
        "feed" => All(Reply("feed_page")),
        _ => return None,
    })
}

fn frame(tag: &str, conversation: ConversationId, version: u32, office: &Office) -> String {
    match tag {
        "note" => {
            let note = Draft { audience: Some(Audience::Staff), ..draft("a note") };
            Command::Send { id: 901, conversation, messages: vec![note] }.to_text()
        }
        "draft_of_note" => {
            let (id, text) = (901, "half a note".to_owned());
            AgentCommand::KeepDraft { id, conversation, is_note: true, text }.to_text()
        }
        "transfer" => {
            let (id, agent, inbox, note) = (901, None, Some(office.back_office), None);
            AgentCommand::Transfer { id, conversation, version, agent, inbox, note }.to_text()
        }
        _ => command(tag, 901, conversation),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_frame_by_every_role() {
    let tags: Vec<&str> =
        Command::TAGS.iter().chain(AgentCommand::TAGS).copied().chain(["note", "draft_of_note"]).collect();
    for (role, is_member) in everybody() {
        let office = Office::open(role, is_member).await;
        let is_in_sight = is_member || role.may(Right::SeeAll);
        let mut mia = Raw::agent(&office.server, &office.mia).await;
        mia.chooses(Availability::Away, None).await;
        for tag in &tags {
            let row =
                frame_row(tag).unwrap_or_else(|| panic!("the frame {tag} has no row: add it to `frame_row`"));
            let mut visitor = Raw::visitor(&office.server, &new_token()).await;
            let conversation = visitor.starts(&[CANARY]).await;
            visitor.say_text(&command("leave_address", 900, conversation)).await;
            visitor.reply(900).await;
            let mut pat = Raw::agent(&office.server, &office.pat).await;
            let mut version = 0;
            if is_in_sight && role.may(Right::Serve) {
                pat.claims(conversation).await;
                version = 1;
            }
            // Both are for those who read along.
            if matches!(*tag, "typing" | "attend") {
                pat.say_text(&command("watch", 900, conversation)).await;
                pat.reply(900).await;
            }
            let before = mia.transcript(conversation).await;
            let wanted = row.by(role, is_in_sight, NOT_ALLOWED, NOT_FOUND);
            let found = outcome_of(&mut pat, &frame(tag, conversation, version, &office)).await;
            assert_eq!(found, wanted, "{tag} by {role:?}, a member: {is_member}");
            if matches!(wanted, Outcome::Refused(_)) {
                let after = mia.transcript(conversation).await;
                assert_eq!(after, before, "{tag} by {role:?}, a member: {is_member}, left a trace");
            }
            visitor.say_text(&command("resolve", 902, conversation)).await;
            visitor.reply(902).await;
        }
    }
}
