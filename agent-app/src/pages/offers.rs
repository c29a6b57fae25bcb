//! What I am asked to take, above every page: who, and how long there is; and why I am away, when I missed one.

use deskbell_shared::model::{Availability, Summary, UnixMillis};
use deskbell_shared::protocol::OfferView;
use yew::prelude::*;

use crate::components::face::visitor_face;
use crate::components::icon::{Glyph, icon};
use crate::format::{Local, last_line, name_of_visitor, time};
use crate::hooks::desk::{Desk, Hands, use_desk};
use crate::hooks::now::use_now;
use crate::hooks::place::use_place;
use crate::route::{Route, View};
use crate::state::team;
use crate::text::{t, tn};

/// How often the seconds that are left are counted anew.
const COUNTED_MS: i32 = 500;

/// What I am asked to take. Nothing is drawn while I am asked for nothing.
#[function_component(Offers)]
pub fn offers() -> Html {
    let Desk { state, hands } = use_desk();
    let go = use_place().go;
    let offers = team::offered(&state.team, state.me);
    let missed = team::missed(&state.team, state.me);
    if offers.is_empty() && missed.is_none() {
        return Html::default();
    }
    let seen = offers.iter().filter_map(|offer| Some((offer, state.find(offer.conversation)?)));
    let cards = seen.enumerate().map(|(place, (offer, summary))| {
        html! {
            <Card key={offer.conversation.to_hex()} offer={offer.clone()} {summary} ahead_ms={state.line.ahead_ms}
                is_first={place == 0} hands={hands.clone()} go={go.clone()} />
        }
    });
    html! {
        <div class="offers">
            {for cards}
            {for missed.map(|at| was_missed(at, &hands))}
        </div>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct CardProps {
    offer: OfferView,
    summary: Summary,
    /// The server's clock minus ours.
    ahead_ms: i64,
    /// The keys are about this one.
    is_first: bool,
    hands: Hands,
    go: Callback<Route>,
}

/// One conversation that I am asked to take.
#[function_component(Card)]
fn card(props: &CardProps) -> Html {
    let Local { now, .. } = use_now(COUNTED_MS);
    let CardProps { offer, summary, ahead_ms, is_first, hands, go } = props;
    let id = offer.conversation;
    let left_ms = offer.until.since(UnixMillis(now.0 + ahead_ms)).as_millis();
    let seconds = left_ms.div_ceil(1000).to_string();
    let accept = {
        let (claim, go) = (hands.claim.clone(), go.clone());
        Callback::from(move |_: MouseEvent| {
            claim.emit(id);
            go.emit(Route::Inbox(View::Mine, Some(id)));
        })
    };
    let decline = hands.decline.reform(move |_: MouseEvent| id);
    let until = tn("offer.until", &[("time", &time(offer.until))]);
    html! {
        <section class="offer" aria-label={t("offer.title")}>
            <p class="unseen" role="alert">{t("offer.title")}{": "}{name_of_visitor(&summary.visitor)}{". "}{until}</p>
            <div class="offer-who">
                {visitor_face(summary.visitor.id, "")}
                <span class="row-name">
                    <span class="clip">{name_of_visitor(&summary.visitor)}</span>
                    <span class="row-site clip">{summary.site_name.clone()}</span>
                </span>
                <span class="chip chip-warn" aria-hidden="true">{icon(Glyph::Clock)}{tn("offer.seconds", &[("n", &seconds)])}</span>
                <span class="row-line clip" dir="auto">{last_line(summary)}</span>
            </div>
            <div class="form-row">
                <button class="button button-primary" type="button" onclick={accept}>{t("offer.accept")}{for is_first.then(|| cap("A"))}</button>
                <button class="button" type="button" onclick={decline}>{t("offer.decline")}{for is_first.then(|| cap("D"))}</button>
            </div>
        </section>
    }
}

fn cap(key: &'static str) -> Html {
    html! { <kbd class="key" aria-hidden="true">{key}</kbd> }
}

/// Why nothing is given to me any more, and the way back.
fn was_missed(at: UnixMillis, hands: &Hands) -> Html {
    let back = hands.choose.reform(|_: MouseEvent| (Availability::Available, None));
    html! {
        <section class="offer" role="status">
            <p class="note note-warn">{icon(Glyph::Warn)}<span>{tn("offer.missed", &[("time", &time(at))])}</span></p>
            <div><button class="button" type="button" onclick={back}>{t("offer.back")}</button></div>
        </section>
    }
}
