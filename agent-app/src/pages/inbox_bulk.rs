//! Choosing several conversations of a list, and doing something to all of them.

use std::rc::Rc;

use deskbell_shared::model::{Summary, UnixMillis};
use yew::prelude::*;

use crate::components::bulk_bar::{BulkBarProps, bulk_bar};
use crate::components::snooze_dialog::SnoozeDialog;
use crate::components::transfer_dialog::TransferDialog;
use crate::format::Local;
use crate::hooks::desk::Hands;
use crate::route::View;
use crate::shown::chosen::{Choice, Chosen};
use crate::shown::listed::Listed;
use crate::state::bulk::{Act, Bulk};
use crate::state::desk::Shared;
use crate::state::keys::Deed;
use crate::state::team;

/// What is asked before a deed.
#[derive(Clone, Copy, PartialEq)]
enum Ask {
    Nothing,
    Snooze,
    Transfer,
}

/// What is chosen, and what can be done with it.
pub struct Choosing {
    /// What is chosen of the list as it is now.
    pub chosen: Chosen,
    /// Chooses.
    pub onchoose: Callback<Choice>,
    /// Does what a key asks for, where it is for those chosen.
    pub key: Callback<Deed, bool>,
    /// What stands above the list, and what is asked.
    pub bar: Option<Html>,
}

/// What is chosen in a list.
#[hook]
pub fn use_choosing(state: &Shared, hands: &Hands, view: View, rows: &Listed, local: Local) -> Choosing {
    let all = use_state_eq(Chosen::default);
    let asks = use_state_eq(|| Ask::Nothing);
    {
        let all = all.setter();
        use_effect_with(view, move |_| all.set(Chosen::default()));
    }
    // What it was not done to stays chosen.
    let over = state.bulk.as_ref().filter(|(bulk, is_read)| bulk.is_over() && !bulk.is_undo && !is_read);
    {
        let all = all.setter();
        use_effect_with(over.map(|(bulk, _)| Rc::clone(bulk)), move |over| {
            if let Some(bulk) = over {
                all.set(Chosen::of(bulk.left.clone()));
            }
        });
    }
    let chosen = all.among(rows);
    let run = {
        let (known, chosen, bulk) = (state.clone(), chosen.clone(), hands.bulk.clone());
        Callback::from(move |act: Act| {
            let found: Vec<Summary> = chosen.iter().filter_map(|id| known.find(id)).collect();
            if let Some(run) = Bulk::new(&act, found.iter(), known.me) {
                bulk.emit(run);
            }
        })
    };
    let onchoose = {
        let (all, chosen, rows) = (all.setter(), chosen.clone(), rows.clone());
        Callback::from(move |choice: Choice| {
            let mut next = chosen.clone();
            match choice {
                Choice::One(id) => next.toggle(id),
                Choice::UpTo(from, to) => next.reach(&rows, from, to),
            }
            all.set(next);
        })
    };
    let snooze = {
        let run = run.clone();
        Callback::from(move |until: Option<UnixMillis>| {
            if let Some(until) = until {
                run.emit(Act::Snooze(until));
            }
        })
    };
    let ask = |what: Ask| {
        let asks = asks.setter();
        Callback::from(move |()| asks.set(what))
    };
    let none = {
        let all = all.setter();
        Callback::from(move |()| all.set(Chosen::default()))
    };
    let key = {
        let (snooze, transfer, none, run) = (ask(Ask::Snooze), ask(Ask::Transfer), none.clone(), run.clone());
        let is_any = !chosen.is_empty();
        Callback::from(move |deed: Deed| {
            match deed {
                _ if !is_any => return false,
                Deed::Resolve => run.emit(Act::Resolve),
                Deed::Claim => run.emit(Act::Claim),
                Deed::Snooze => snooze.emit(()),
                Deed::Transfer => transfer.emit(()),
                Deed::Leave => none.emit(()),
                _ => return false,
            }
            true
        })
    };
    let bar = (!chosen.is_empty()).then(|| {
        let onall = {
            let (all, rows) = (all.setter(), rows.clone());
            Callback::from(move |()| all.set(Chosen::all(&rows)))
        };
        let dialog = match *asks {
            Ask::Nothing => Html::default(),
            Ask::Snooze => html! {
                <SnoozeDialog {local} until={None} onclose={ask(Ask::Nothing)} onchoose={snooze} />
            },
            Ask::Transfer => transfer(state, &chosen, &run, ask(Ask::Nothing)),
        };
        let bar = bulk_bar(&BulkBarProps {
            chosen: chosen.len(),
            all: Chosen::all(rows).len(),
            is_busy: state.bulk.as_ref().is_some_and(|(bulk, _)| !bulk.is_over()),
            onresolve: run.reform(|()| Act::Resolve),
            onsnooze: ask(Ask::Snooze),
            onclaim: run.reform(|()| Act::Claim),
            ontransfer: ask(Ask::Transfer),
            onall,
            onnone: none.clone(),
        });
        html! { <>{bar}{dialog}</> }
    });
    Choosing { chosen, onchoose, key, bar }
}

/// Who could get all of them, and where they could go. Who takes how many of them, and which visitors an inbox does not take,
/// the server says.
fn transfer(state: &Shared, chosen: &Chosen, run: &Callback<Act>, onclose: Callback<()>) -> Html {
    let mut from = Vec::new();
    for row in chosen.iter().filter_map(|id| state.find(id)) {
        if !from.contains(&row.conversation.inbox) {
            from.push(row.conversation.inbox);
        }
    }
    let desks: Vec<_> = from.iter().filter_map(|inbox| state.team.get(inbox)).collect();
    let is_everywhere = |id| desks.iter().all(|desk| desk.colleagues.iter().any(|one| one.agent.id == id));
    let colleagues = desks.first().map(|desk| desk.colleagues.clone()).unwrap_or_default();
    let colleagues =
        colleagues.into_iter().filter(|one| one.agent.id != state.me && is_everywhere(one.agent.id));
    let colleagues: Vec<_> = colleagues.map(|one| (one.clone(), team::may_take(&one))).collect();
    let others = state.team.iter().filter(|(inbox, _)| from.len() > 1 || !from.contains(inbox));
    let inboxes: Vec<_> = others.map(|(inbox, desk)| (*inbox, desk.name.clone())).collect();
    let ongive = run.reform(|(to, note)| Act::Give(to, note));
    html! { <TransferDialog {colleagues} {inboxes} leaves_out={false} {ongive} {onclose} /> }
}
