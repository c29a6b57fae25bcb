//! Why a conversation is with whom it is: what the desk noted when it gave it out, with names. Read, never decided here.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use deskbell_shared::model::{
    AgentId, AgentView, ConversationId, RankRule, Right, Status, Summary, UnixMillis, VisitorView,
};
use deskbell_shared::protocol::api::{
    AssignmentView, Because, GoesOn, OfferOutcome, OfferedView, OverflowView, ReasonsView, WaitsFor,
};

use super::accounts::Signed;
use super::denial::Denial;
use super::desks::deeds;
use super::{Application, whole_ms};
use crate::store::Scope;
use crate::store::desks::{OfferEnd, OfferRecord, OverflowRecord, Reason};
use crate::store::team::InboxRecord;

impl Application {
    /// Every assignment of a conversation, oldest first.
    pub async fn reasons(&self, who: Signed, id: ConversationId) -> Result<ReasonsView, Denial> {
        let noted = self.store.assignments(Scope::Agent(who.id), id).await?.ok_or_else(Denial::not_found)?;
        // Those who have left had their reasons, too.
        let left = self.store.deactivated().await?.into_iter().map(|(record, _)| record);
        let agents = self.store.agents().await?;
        let on_duty = agents.iter().filter(|record| record.role.may(Right::Serve));
        let on_duty: HashSet<AgentId> = on_duty.map(|record| record.view.id).collect();
        let everybody = agents.into_iter().chain(left);
        let views: HashMap<AgentId, AgentView> =
            everybody.map(|record| (record.view.id, record.view)).collect();
        let name = |id| views.get(&id).map_or_else(String::new, |view: &AgentView| view.name.clone());
        let shown = noted.into_iter().filter_map(|noted| {
            let because = match noted.reason {
                Reason::LeastLoaded { load, capacity, eligible } => {
                    Because::LeastLoaded { load, capacity, eligible }
                }
                Reason::InTurn { eligible } => Because::InTurn { eligible },
                Reason::SameAgent => Because::SameAgent {},
                Reason::Claimed { from } => Because::Claimed { from: from.map(name) },
                Reason::Transferred { by } => Because::Transferred { by: name(by) },
            };
            let agent = views.get(&noted.agent)?.clone();
            Some(AssignmentView { agent, at: noted.at, because, fit: noted.fit })
        });
        let assignments = shown.collect();
        let offers = self.store.offers(Scope::Agent(who.id), id).await?.unwrap_or_default();
        let offers = offers.iter().map(|offer| offer_view(offer, name(offer.agent))).collect();
        let overflows = self.store.overflows(Scope::Agent(who.id), id).await?.unwrap_or_default();
        let summary = self.store.summary(who.id, id).await?.ok_or_else(Denial::not_found)?;
        let Summary { conversation, visitor, .. } = summary;
        let inboxes = self.store.inboxes().await?;
        let inbox = inboxes.iter().find(|inbox| inbox.id == conversation.inbox);
        let routing = inbox.map(|inbox| &inbox.routing);
        let arrived_at = conversation.arrived_at;
        let had_its_turn = overflows.iter().any(|noted| noted.at.minus(noted.waited) == arrived_at);
        let overflow = routing.and_then(|routing| routing.overflow.as_ref()).filter(|_| !had_its_turn);
        let goes_on = overflow.and_then(|overflow| {
            let to = inboxes.iter().find(|inbox| inbox.id == overflow.to)?.name.clone();
            Some(GoesOn { to, at: arrived_at.plus(overflow.after()) })
        });
        let waiting_max = routing.and_then(|routing| routing.waiting_max);
        let is_waiting = conversation.status == Status::Open && conversation.assignee.is_none();
        let waits_in = inbox.filter(|_| is_waiting);
        let ranked = match waits_in.and_then(|inbox| inbox.routing.ranks.as_deref()) {
            Some(ranks) => RankRule::ranked(ranks, self.store.identity(visitor.id).await?.as_ref()),
            None => None,
        };
        Ok(ReasonsView {
            assignments,
            offers,
            overflows: overflows.into_iter().map(overflow_view).collect(),
            goes_on,
            waiting_max,
            waits_for: waits_in
                .and_then(|inbox| waits_for(inbox, &on_duty, &visitor, arrived_at))
                .filter(|waits| waits.until.is_none_or(|until| until > self.now())),
            ranked,
        })
    }
}

/// What a conversation asks for, as its desk sees it.
fn waits_for(
    inbox: &InboxRecord,
    on_duty: &HashSet<AgentId>,
    visitor: &VisitorView,
    arrived_at: UnixMillis,
) -> Option<WaitsFor> {
    let settings = deeds::settings(&inbox.routing);
    let matching = settings.matching.filter(|_| settings.policy.is_automatic())?;
    let page = visitor.page.as_ref().map(|page| page.url.as_str());
    let asked = matching.asked(
        inbox.members.iter().copied().filter(|id| on_duty.contains(id)),
        visitor.language.as_deref(),
        page,
    );
    let until = matching.rules.lapses_after().map(|after| arrived_at.plus(after));
    (!asked.is_nothing()).then_some(WaitsFor { asked, until })
}

fn offer_view(offer: &OfferRecord, agent: String) -> OfferedView {
    let outcome = offer.ended.map(|(how, _)| match how {
        None => OfferOutcome::Accepted,
        Some(OfferEnd::Declined) => OfferOutcome::Declined,
        Some(OfferEnd::Missed) => OfferOutcome::Missed,
        Some(OfferEnd::Withdrawn) => OfferOutcome::Withdrawn,
    });
    // It was stored a moment after it was decided: whole seconds are what the owner has chosen.
    let within_ms = whole_ms(offer.until.since(offer.at) + Duration::from_millis(500)) / 1000 * 1000;
    OfferedView { agent, at: offer.at, within_ms, outcome }
}

fn overflow_view(noted: OverflowRecord) -> OverflowView {
    let OverflowRecord { at, from, to, waited, went } = noted;
    OverflowView { at, from, to, waited_ms: whole_ms(waited), went }
}
