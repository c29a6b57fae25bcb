//! Choosing several conversations of a list, and doing something to all of them.

use deskbell_shared::model::{Right, Summary, UnixMillis};
use yew::prelude::*;

use super::file::FileDialogProps;
use super::later::{Later, Page};
use crate::components::bulk_bar::{BulkBarProps, Pressed, bulk_bar};
use crate::components::snooze_dialog::SnoozeDialogProps;
use crate::components::transfer_dialog::TransferDialogProps;
use crate::format::Local;
use crate::hooks::desk::Hands;
use crate::hooks::who::use_role;
use crate::route::View;
use crate::shown::chosen::{CHOSEN_MAX, Choice, Chosen};
use crate::shown::filed::FileAsk;
use crate::shown::listed::Listed;
use crate::state::bulk::{Act, Bulk};
use crate::state::desk::Shared;
use crate::state::keys::Deed;
use crate::state::team;
use crate::text::{count, t};

/// What is asked before a deed.
#[derive(Clone, Copy, PartialEq)]
enum Ask {
    Snooze,
    Transfer,
    WrapUp,
}

/// What is chosen, and what can be done with it.
pub struct Choosing {
    /// Whether I may do something with what is chosen.
    pub may: bool,
    /// The list.
    pub rows: Listed,
    /// What is chosen of the list as it is now.
    pub chosen: Chosen,
    /// Chooses.
    pub onchoose: Callback<Choice>,
    /// Does what a key asks for, where it is for those chosen.
    pub key: Callback<Deed, bool>,
    /// What stands above the list.
    pub bar: Option<Html>,
    /// What stands beside the panes: how many are chosen, for a screen reader, and what is asked. In a pane that is not drawn
    /// neither could be heard or seen, and nothing else used.
    pub beside: Html,
}

/// What is chosen in a list.
#[hook]
pub fn use_choosing(state: &Shared, hands: &Hands, view: View, rows: &Listed, local: Local) -> Choosing {
    let all = use_state_eq(Chosen::default);
    // Of those that were chosen when it was asked, whatever becomes of the list meanwhile.
    let asks = use_state_eq(|| None::<(Ask, Chosen)>);
    let bulk = state.bulk.as_ref().map(|(bulk, _)| bulk);
    let is_busy = bulk.is_some_and(|bulk| !bulk.is_over());
    {
        // In another list nothing is chosen; nor is what has left this one, though it may come back, or what a deed was done to
        // that began here.
        let (all, before, began) = (all.clone(), use_mut_ref(|| view), use_mut_ref(|| false));
        let over = bulk.filter(|bulk| bulk.is_over() && !bulk.is_undo).cloned();
        let is_listed = state.is_listed;
        use_effect_with((view, rows.clone(), is_listed, is_busy), move |(view, rows, is_listed, is_busy)| {
            let mut next = match before.replace(*view) == *view {
                true => (*all).clone(),
                false => Chosen::default(),
            };
            if began.replace(*is_busy)
                && let Some(over) = over.filter(|_| !*is_busy)
            {
                next = next.without(&over.done);
            }
            all.set(if *is_listed { next.among(rows) } else { next });
        });
    }
    let chosen = all.among(rows);
    let run = {
        let (known, bulk) = (state.clone(), hands.bulk.clone());
        Callback::from(move |(chosen, act): (Chosen, Act)| {
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
    // What came of a conversation is asked once, for all whose inbox wants to know.
    let asks_outcome = |id| {
        let row = state.find(id);
        row.is_some_and(|row| state.team.get(&row.conversation.inbox).is_some_and(|desk| desk.outcomes))
    };
    let is_asked = chosen.iter().any(asks_outcome);
    let press = {
        let (all, asks, run, rows) = (all.setter(), asks.setter(), run.clone(), rows.clone());
        let (chosen, say) = (chosen.clone(), hands.say.clone());
        Callback::from(move |pressed: Pressed| match pressed {
            Pressed::All => all.set(Chosen::all(&rows)),
            Pressed::None => all.set(Chosen::default()),
            // One deed at a time.
            _ if is_busy => say.emit(t("bulk.working")),
            Pressed::Resolve if is_asked => asks.set(Some((Ask::WrapUp, chosen.clone()))),
            Pressed::Resolve => run.emit((chosen.clone(), Act::Resolve)),
            Pressed::Claim => run.emit((chosen.clone(), Act::Claim)),
            Pressed::Snooze => asks.set(Some((Ask::Snooze, chosen.clone()))),
            Pressed::Transfer => asks.set(Some((Ask::Transfer, chosen.clone()))),
        })
    };
    let key = {
        let (press, is_any) = (press.clone(), !chosen.is_empty());
        Callback::from(move |deed: Deed| {
            let pressed = match deed {
                Deed::Resolve => Pressed::Resolve,
                Deed::Claim => Pressed::Claim,
                Deed::Snooze => Pressed::Snooze,
                Deed::Transfer => Pressed::Transfer,
                Deed::Leave => Pressed::None,
                _ => return false,
            };
            if is_any {
                press.emit(pressed);
            }
            is_any
        })
    };
    let bar = (!chosen.is_empty()).then(|| {
        bulk_bar(&BulkBarProps {
            chosen: chosen.len(),
            all: rows.len().min(CHOSEN_MAX),
            is_busy,
            onpress: &press,
        })
    });
    let dialog = (*asks).clone().map(|(ask, chosen)| {
        let onclose = {
            let asks = asks.setter();
            Callback::from(move |()| asks.set(None))
        };
        let run = {
            let chosen = chosen.clone();
            run.reform(move |act: Act| (chosen.clone(), act))
        };
        match ask {
            Ask::Snooze => {
                let onchoose = Callback::from(move |until: Option<UnixMillis>| {
                    if let Some(until) = until {
                        run.emit(Act::Snooze(until));
                    }
                });
                let dialog = SnoozeDialogProps { local, until: None, onchoose, onclose };
                html! { <Later page={Page::Snooze(dialog)} /> }
            }
            Ask::Transfer => transfer(state, &chosen, &run, onclose),
            Ask::WrapUp => {
                let dialog =
                    FileDialogProps { ask: FileAsk::Outcomes, ids: chosen.iter().collect(), onclose };
                html! { <Later page={Page::File(dialog)} /> }
            }
        }
    });
    let said = bar.is_some().then(|| count("bulk.chosen", chosen.len()));
    let beside = html! { <><p class="unseen" role="status">{said}</p>{dialog}</> };
    let may = use_role().may(Right::Steer);
    Choosing { may, rows: rows.clone(), chosen, onchoose, key, bar, beside }
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
    let dialog = TransferDialogProps { colleagues, inboxes, leaves_out: false, ongive, onclose };
    html! { <Later page={Page::Transfer(dialog)} /> }
}
