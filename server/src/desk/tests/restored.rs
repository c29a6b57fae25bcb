//! What a desk made from stored rows has in common with the one it replaces.

use deskbell_shared::model::UnixMillis;

use super::super::{AgentRow, Desk, Effect, Learned, Presence, Settings, Snapshot, Standing, VISITOR_GRACE};
use super::office::{INBOX, Office, agent, conversation, member};

fn drain(desk: &mut Desk) -> Vec<Effect> {
    std::iter::from_fn(|| desk.effect()).collect()
}

pub fn is_write(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Assign { .. }
            | Effect::Offer { .. }
            | Effect::EndOffer { .. }
            | Effect::Requeue { .. }
            | Effect::HandOver { .. }
            | Effect::Overflow { .. }
            | Effect::ArriveAnew { .. }
    )
}

/// What another node would make of what it reads, and what it says first: rows and ledger from the store, presence from connections.
pub fn from_books(office: &Office) -> (Desk, Vec<Effect>) {
    let lived = office.desk.snapshot();
    let last_assigned_at = |row: AgentRow| office.books.last_assigned_at.get(&row.id).copied();
    let rows = office.books.open.keys().filter_map(|id| office.books.row(*id));
    let snapshot = Snapshot {
        agents: lived
            .agents
            .iter()
            .map(|row| AgentRow { last_assigned_at: last_assigned_at(*row), ..*row })
            .collect(),
        conversations: rows.collect(),
        ..lived
    };
    let mut desk = Desk::restore(office.desk.now, snapshot);
    let effects = drain(&mut desk);
    assert!(!effects.iter().any(is_write), "the one that lived had settled: {effects:?}");
    (desk, effects)
}

/// A copy through what `snapshot` says is everything.
pub fn from_snapshot(desk: &Desk) -> (Desk, Vec<Effect>) {
    let mut restored = Desk::restore(desk.now, desk.snapshot());
    let effects = drain(&mut restored);
    assert!(matches!(effects[..], [Effect::TellStaff(_)]), "restoring did {effects:?}");
    assert_eq!(restored.snapshot(), desk.snapshot());
    (restored, effects)
}

#[test]
fn a_restart_changes_nobodys_place() {
    let mut office = Office::open();
    office.agent("mia").works(1);
    for name in ["vi", "wu", "xi"] {
        office.visitor(name).writes();
    }
    let snapshot = Snapshot {
        visitors: Vec::new(),
        agents: vec![AgentRow { presence: Presence::unknown(office.now), ..member(agent("mia"), 1) }],
        ..office.desk.snapshot()
    };
    let mut desk = Desk::restore(office.now, snapshot);
    assert!(!drain(&mut desk).iter().any(is_write));
    assert_eq!(desk.queue(), office.desk.queue());
    let later = office.now.plus(VISITOR_GRACE);
    desk.handle(UnixMillis(later.0 - 1), super::super::Input::Timer);
    assert_eq!(desk.queue(), office.desk.queue());
    drain(&mut desk);
    desk.handle(later, super::super::Input::Timer);
    assert_eq!(desk.queue(), [], "nobody came back");
}

#[test]
fn what_is_with_somebody_who_is_gone_returns_at_once() {
    let mut row = super::super::ConversationRow::new(
        conversation("vi"),
        super::office::visitor("vi"),
        super::super::Arrival { place: deskbell_shared::model::Feed(1), at: UnixMillis(1) },
        4,
    );
    row.standing = Standing::Assigned { agent: agent("mia"), since: UnixMillis(2) };
    let snapshot = Snapshot {
        inbox: INBOX,
        settings: Settings::default(),
        agents: vec![member(agent("noa"), 1)],
        visitors: Vec::new(),
        conversations: vec![row],
        learned: Learned::default(),
    };
    let mut desk = Desk::restore(UnixMillis(5), snapshot);
    let writes: Vec<Effect> = drain(&mut desk).into_iter().filter(is_write).collect();
    assert!(
        matches!(
            writes[..],
            [Effect::Requeue { version_expected: 4, .. }, Effect::Assign { version_expected: 5, .. }]
        ),
        "{writes:?}"
    );
}
