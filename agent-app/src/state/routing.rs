//! How an inbox gives out what waits, as a form holds it while somebody chooses: numbers as they were typed, and what was
//! chosen before kept while it is switched off.

use deskbell_shared::model::{InboxId, Overflow, Routing, RoutingPolicy};
use deskbell_shared::protocol::limits::{
    ACCEPT_SECONDS_MAX, ACCEPT_SECONDS_MIN, OVERFLOW_MINUTES_MAX, WAITING_MAX,
};

/// How long somebody is asked, where nobody has chosen.
const ACCEPT_SECONDS_USUAL: u32 = 30;
/// When what waits goes on to another inbox, where nobody has chosen.
const AFTER_MINUTES_USUAL: u32 = 10;
/// Places in the queue, where nobody has chosen.
const WAITING_MAX_USUAL: u32 = 20;

/// The part of a form.
#[derive(Clone, Debug, PartialEq)]
pub struct RoutingDraft {
    /// Who decides.
    pub policy: RoutingPolicy,
    /// Visitors go back to who answered them.
    pub same_agent: bool,
    /// Agents are asked first.
    pub asks: bool,
    /// They have so many seconds, as typed.
    pub accept_seconds: String,
    /// What waits too long goes on.
    pub goes_on: bool,
    /// After so many minutes, as typed.
    pub after_minutes: String,
    /// To which inbox.
    pub to: Option<InboxId>,
    /// Only so many are given a place.
    pub is_capped: bool,
    /// How many, as typed.
    pub waiting_max: String,
}

/// A number that is none, or too small, or too large: the field, and its bounds.
pub type Unfit = (&'static str, u32, u32);

impl RoutingDraft {
    /// Of what holds now; `others` are the inboxes it could go on to.
    pub fn of(routing: &Routing, others: &[(InboxId, String)]) -> RoutingDraft {
        let overflow = routing.overflow.as_ref();
        let first = others.first().map(|(id, _)| *id);
        RoutingDraft {
            policy: routing.policy,
            same_agent: routing.same_agent,
            asks: routing.accept_seconds.is_some(),
            accept_seconds: routing.accept_seconds.unwrap_or(ACCEPT_SECONDS_USUAL).to_string(),
            goes_on: overflow.is_some(),
            after_minutes: overflow.map_or(AFTER_MINUTES_USUAL, |it| it.after_minutes).to_string(),
            to: overflow.map(|it| it.to).or(first),
            is_capped: routing.waiting_max.is_some(),
            waiting_max: routing.waiting_max.unwrap_or(WAITING_MAX_USUAL).to_string(),
        }
    }

    /// What it says, or the first field that cannot be meant.
    pub fn routing(&self) -> Result<Routing, Unfit> {
        // Where agents choose nobody is asked, and the field is not there.
        let accept_seconds = match self.asks && self.policy != RoutingPolicy::AgentsClaim {
            true => {
                Some(number(&self.accept_seconds, "accept_seconds", ACCEPT_SECONDS_MIN, ACCEPT_SECONDS_MAX)?)
            }
            false => None,
        };
        let overflow = match self.to.filter(|_| self.goes_on) {
            Some(to) => {
                let after_minutes = number(&self.after_minutes, "after_minutes", 1, OVERFLOW_MINUTES_MAX)?;
                Some(Overflow { after_minutes, to })
            }
            None => None,
        };
        let waiting_max = match self.is_capped {
            true => Some(number(&self.waiting_max, "waiting_max", 1, WAITING_MAX)?),
            false => None,
        };
        let (policy, same_agent) = (self.policy, self.same_agent);
        Ok(Routing { policy, same_agent, accept_seconds, overflow, waiting_max })
    }
}

fn number(text: &str, field: &'static str, min: u32, max: u32) -> Result<u32, Unfit> {
    let number = text.trim().parse().ok().filter(|number| (min..=max).contains(number));
    number.ok_or((field, min, max))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OTHER: InboxId = InboxId(9);

    #[test]
    fn what_was_chosen_comes_back_and_what_is_off_is_not_sent() {
        let others = [(OTHER, "Sales".to_owned())];
        let full = Routing {
            policy: RoutingPolicy::RoundRobin,
            same_agent: true,
            accept_seconds: Some(45),
            overflow: Some(Overflow { after_minutes: 5, to: OTHER }),
            waiting_max: Some(3),
        };
        for routing in [full.clone(), Routing::DEFAULT] {
            assert_eq!(RoutingDraft::of(&routing, &others).routing(), Ok(routing));
        }
        let mut draft = RoutingDraft::of(&full, &others);
        (draft.goes_on, draft.is_capped, draft.asks) = (false, false, false);
        let off = Routing { accept_seconds: None, overflow: None, waiting_max: None, ..full };
        assert_eq!(draft.routing(), Ok(off));
        (draft.after_minutes, draft.waiting_max) = ("x".into(), String::new());
        assert!(draft.routing().is_ok(), "what is off is nothing to complain about");
        (draft.asks, draft.accept_seconds) = (true, "9".into());
        assert_eq!(draft.routing(), Err(("accept_seconds", ACCEPT_SECONDS_MIN, ACCEPT_SECONDS_MAX)));
        (draft.asks, draft.goes_on) = (false, true);
        assert_eq!(draft.routing(), Err(("after_minutes", 1, OVERFLOW_MINUTES_MAX)));
        draft.after_minutes = " 7 ".into();
        draft.is_capped = true;
        assert_eq!(draft.routing(), Err(("waiting_max", 1, WAITING_MAX)));
    }

    #[test]
    fn nothing_goes_on_where_there_is_nowhere_to_go() {
        let draft = RoutingDraft { goes_on: true, ..RoutingDraft::of(&Routing::DEFAULT, &[]) };
        assert_eq!(draft.routing(), Ok(Routing::DEFAULT));
    }
}
