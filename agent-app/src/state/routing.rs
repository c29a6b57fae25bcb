//! How an inbox gives out what waits, as a form holds it while somebody chooses: numbers as they were typed, and what was
//! chosen before kept while it is switched off.

use deskbell_shared::model::{
    Able, AgentId, InboxId, Matching, Overflow, RankRule, Routing, RoutingPolicy, SkillRule,
};
use deskbell_shared::protocol::limits::{
    ACCEPT_SECONDS_MAX, ACCEPT_SECONDS_MIN, ANSWER_MINUTES_MAX, OVERFLOW_MINUTES_MAX, PREFER_SECONDS_MAX,
    WAITING_MAX,
};

/// How long somebody is asked, where nobody has chosen.
const ACCEPT_SECONDS_USUAL: u32 = 30;
/// When what waits goes on to another inbox, where nobody has chosen.
const AFTER_MINUTES_USUAL: u32 = 10;
/// Places in the queue, where nobody has chosen.
const WAITING_MAX_USUAL: u32 = 20;
/// Within how many minutes an answer is aimed at, where nobody has chosen.
const ANSWER_MINUTES_USUAL: u32 = 5;
/// How long it is kept for those who fit, where nobody has chosen.
const PREFER_SECONDS_USUAL: u32 = 60;

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
    /// Answers are aimed at within a time.
    pub aims: bool,
    /// Within so many minutes, as typed.
    pub answer_minutes: String,
    /// Who comes before others or after them, as typed. What has no name and no value is not meant.
    pub ranks: Vec<RankRule>,
    /// Languages count.
    pub by_language: bool,
    /// The usual one, as typed.
    pub language: String,
    /// Skills, and from which pages they are asked for, as typed. What has no skill is not meant.
    pub rules: Vec<SkillRule>,
    /// After a time anybody gets what waits for somebody who fits.
    pub lapses: bool,
    /// After so many seconds, as typed.
    pub prefer_seconds: String,
    /// The languages and the skills of members, as typed.
    pub able: Vec<AbleDraft>,
}

/// What somebody can, as typed: words with commas between them.
#[derive(Clone, Debug, PartialEq)]
pub struct AbleDraft {
    /// Who.
    pub agent: AgentId,
    /// Which languages.
    pub languages: String,
    /// What else.
    pub skills: String,
}

/// A number that is none, or too small, or too large: the field, and its bounds.
pub type Unfit = (&'static str, u32, u32);

impl RoutingDraft {
    /// Of what holds now; `others` are the inboxes it could go on to.
    pub fn of(routing: &Routing, others: &[(InboxId, String)]) -> RoutingDraft {
        let overflow = routing.overflow.as_ref();
        let first = others.first().map(|(id, _)| *id);
        let matching = routing.matching.as_ref();
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
            aims: routing.answer_minutes.is_some(),
            answer_minutes: routing.answer_minutes.unwrap_or(ANSWER_MINUTES_USUAL).to_string(),
            ranks: routing.ranks.clone().unwrap_or_default(),
            by_language: matching.is_some_and(|it| it.language.is_some()),
            language: matching.and_then(|it| it.language.clone()).unwrap_or_default(),
            rules: matching.map(|it| it.skills.clone()).unwrap_or_default(),
            lapses: matching.is_none_or(|it| it.prefer_seconds.is_some()),
            prefer_seconds: matching
                .and_then(|it| it.prefer_seconds)
                .unwrap_or(PREFER_SECONDS_USUAL)
                .to_string(),
            able: routing.able.iter().flatten().map(AbleDraft::of).collect(),
        }
    }

    /// Whether anything is asked for of whoever is given a conversation.
    pub fn asks_for_somebody(&self) -> bool {
        self.policy != RoutingPolicy::AgentsClaim && (self.by_language || !self.rules.is_empty())
    }

    /// What is typed of somebody; nothing where nothing was.
    pub fn able(&self, agent: AgentId) -> AbleDraft {
        let known = self.able.iter().find(|able| able.agent == agent);
        known.cloned().unwrap_or(AbleDraft { agent, languages: String::new(), skills: String::new() })
    }

    /// Takes what was typed of somebody.
    pub fn set_able(&mut self, able: AbleDraft) {
        self.able.retain(|known| known.agent != able.agent);
        self.able.push(able);
    }

    fn matching(&self) -> Result<Option<Matching>, Unfit> {
        let language = self.by_language.then(|| self.language.trim().to_owned());
        let meant = self.rules.iter().filter(|rule| !rule.skill.trim().is_empty());
        let skills: Vec<SkillRule> = meant.cloned().collect();
        if language.is_none() && skills.is_empty() {
            return Ok(None);
        }
        let prefer_seconds =
            number_if(self.lapses, &self.prefer_seconds, "prefer_seconds", 1, PREFER_SECONDS_MAX)?;
        Ok(Some(Matching { language, skills, prefer_seconds }))
    }

    /// What it says, or the first field that cannot be meant.
    pub fn routing(&self) -> Result<Routing, Unfit> {
        // Where agents choose nobody is asked, and the field is not there.
        let asks = self.asks && self.policy != RoutingPolicy::AgentsClaim;
        let (min, max) = (ACCEPT_SECONDS_MIN, ACCEPT_SECONDS_MAX);
        let accept_seconds = number_if(asks, &self.accept_seconds, "accept_seconds", min, max)?;
        let overflow = match self.to.filter(|_| self.goes_on) {
            Some(to) => {
                let after_minutes = number(&self.after_minutes, "after_minutes", 1, OVERFLOW_MINUTES_MAX)?;
                Some(Overflow { after_minutes, to })
            }
            None => None,
        };
        let waiting_max = number_if(self.is_capped, &self.waiting_max, "waiting_max", 1, WAITING_MAX)?;
        let (policy, same_agent) = (self.policy, self.same_agent);
        let answer_minutes =
            number_if(self.aims, &self.answer_minutes, "answer_minutes", 1, ANSWER_MINUTES_MAX)?;
        let is_meant = |rule: &&RankRule| !rule.key.trim().is_empty() || !rule.value.trim().is_empty();
        let ranks: Vec<RankRule> = self.ranks.iter().filter(is_meant).cloned().collect();
        let ranks = (!ranks.is_empty()).then_some(ranks);
        let matching = self.matching()?;
        let able: Vec<Able> = self.able.iter().filter_map(AbleDraft::able).collect();
        let able = (!able.is_empty()).then_some(able);
        Ok(Routing {
            policy,
            same_agent,
            accept_seconds,
            overflow,
            waiting_max,
            matching,
            able,
            answer_minutes,
            ranks,
        })
    }
}

impl AbleDraft {
    fn of(able: &Able) -> AbleDraft {
        let Able { agent, languages, skills } = able;
        AbleDraft { agent: *agent, languages: languages.join(", "), skills: skills.join(", ") }
    }

    /// What is meant; `None`: nothing is said.
    fn able(&self) -> Option<Able> {
        let able = Able { agent: self.agent, languages: words(&self.languages), skills: words(&self.skills) };
        (!able.languages.is_empty() || !able.skills.is_empty()).then_some(able)
    }
}

/// The words between commas, of any keyboard.
fn words(text: &str) -> Vec<String> {
    let words = text.split([',', '，', '、', ';']).map(str::trim);
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn number(text: &str, field: &'static str, min: u32, max: u32) -> Result<u32, Unfit> {
    let number = text.trim().parse().ok().filter(|number| (min..=max).contains(number));
    number.ok_or((field, min, max))
}

/// The same where it is asked for.
fn number_if(
    is_asked_for: bool,
    text: &str,
    field: &'static str,
    min: u32,
    max: u32,
) -> Result<Option<u32>, Unfit> {
    is_asked_for.then(|| number(text, field, min, max)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskbell_shared::model::Priority;

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
            matching: Some(Matching {
                language: Some("en".into()),
                skills: vec![SkillRule { page: "/pricing".into(), skill: "billing".into() }],
                prefer_seconds: None,
            }),
            able: Some(vec![Able {
                agent: AgentId(7),
                languages: vec!["en".into(), "zh".into()],
                skills: vec![],
            }]),
            answer_minutes: Some(3),
            ranks: Some(vec![RankRule {
                key: "plan".into(),
                contains: false,
                value: "gold".into(),
                priority: Priority::High,
            }]),
        };
        for routing in [full.clone(), Routing::DEFAULT] {
            assert_eq!(RoutingDraft::of(&routing, &others).routing(), Ok(routing));
        }
        let mut draft = RoutingDraft::of(&full, &others);
        (draft.goes_on, draft.is_capped, draft.asks, draft.aims) = (false, false, false, false);
        let (accept_seconds, overflow, waiting_max, answer_minutes) = (None, None, None, None);
        let off = Routing { accept_seconds, overflow, waiting_max, answer_minutes, ..full };
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
        (draft.is_capped, draft.aims, draft.answer_minutes) = (false, true, "0".into());
        assert_eq!(draft.routing(), Err(("answer_minutes", 1, ANSWER_MINUTES_MAX)));
    }

    #[test]
    fn what_somebody_can_is_typed_with_commas_and_a_rule_without_a_skill_is_not_meant() {
        let mut draft = RoutingDraft::of(&Routing::DEFAULT, &[]);
        assert!(!draft.asks_for_somebody());
        draft.rules = vec![SkillRule { page: "/a".into(), skill: " ".into() }];
        let agent = AgentId(7);
        draft.set_able(AbleDraft { agent, languages: "en，zh、 ".into(), skills: String::new() });
        let routing = draft.routing().expect("it can be meant");
        assert_eq!(routing.matching, None);
        let languages = vec!["en".to_owned(), "zh".to_owned()];
        assert_eq!(routing.able, Some(vec![Able { agent, languages, skills: vec![] }]));
        (draft.by_language, draft.prefer_seconds) = (true, "0".into());
        assert_eq!(draft.routing(), Err(("prefer_seconds", 1, PREFER_SECONDS_MAX)));
        draft.lapses = false;
        assert!(draft.routing().is_ok_and(|it| it.matching.is_some_and(|it| it.prefer_seconds.is_none())));
        draft.set_able(AbleDraft { agent, languages: " ".into(), skills: String::new() });
        assert_eq!(draft.routing().expect("nothing is said of anybody").able, None);
    }

    #[test]
    fn nothing_goes_on_where_there_is_nowhere_to_go() {
        let draft = RoutingDraft { goes_on: true, ..RoutingDraft::of(&Routing::DEFAULT, &[]) };
        assert_eq!(draft.routing(), Ok(Routing::DEFAULT));
    }
}
