//! How an inbox gives out what waits. Data only; who gets what is decided by its desk.

use core::time::Duration;

use super::{AgentId, IdentityView, InboxId, Priority};
use crate::wire;

wire! {
    /// How the desk of an inbox works.
    pub struct Routing {
        /// Who decides which agent gets a conversation.
        pub policy: RoutingPolicy,
        /// A visitor goes to who answered them last in this inbox, when that one is free.
        pub same_agent: bool,
        /// What is given out is offered, and has to be accepted within so many seconds, from `ACCEPT_SECONDS_MIN` to
        /// `ACCEPT_SECONDS_MAX`. Absent: it is given.
        pub accept_seconds: Option<u32>,
        /// Where what waits too long goes on to; absent: nowhere.
        pub overflow: Option<Overflow>,
        /// So many are given a place in the queue. Whoever comes beyond it is told that everybody is busy, and asked for
        /// an address. Absent: everybody waits.
        pub waiting_max: Option<u32>,
        /// What a conversation asks for beside somebody who is free. Absent: nothing, whatever anybody can.
        pub matching: Option<Matching>,
        /// What members can. Absent: nothing is said of anybody.
        pub able: Option<Vec<Able>>,
        /// Whoever waits for an answer should have it within so many minutes, from 1 to `ANSWER_MINUTES_MAX`. Absent: nothing
        /// is aimed at.
        pub answer_minutes: Option<u32>,
        /// Who comes before others or after them, at most `RANK_RULES_MAX`: the first rule that holds counts. Absent: nobody.
        pub ranks: Option<Vec<RankRule>>,
    }

    /// By what the site's server has signed of a visitor, they come before others or after them.
    pub struct RankRule {
        /// The name of an attribute, or `email`.
        pub key: String,
        /// It has this in it; otherwise it is this. Capital letters are not told apart.
        pub contains: bool,
        /// What.
        pub value: String,
        /// Where they come.
        pub priority: Priority,
    }

    /// Why a conversation does not come as most.
    pub struct Ranked {
        /// Where it comes.
        pub priority: Priority,
        /// By what is said of its visitor under this name. What is said does not stand here.
        pub key: String,
    }

    /// What conversations ask for. What no member of the inbox can is not asked for: nobody waits for who does not exist.
    pub struct Matching {
        /// Languages count. This one is spoken by members of whom none is stated, and asked for by visitors whose own is
        /// not known, or spoken by nobody. Absent: languages do not count.
        pub language: Option<String>,
        /// Which skills are asked for, at most `SKILL_RULES_MAX`.
        pub skills: Vec<SkillRule>,
        /// So long only those who fit are given a conversation, at most `PREFER_SECONDS_MAX`; then anybody is, who fits
        /// rather than who does not. Absent: it waits for somebody who fits.
        pub prefer_seconds: Option<u32>,
    }

    /// Who asks for which skill.
    pub struct SkillRule {
        /// Whoever wrote from a page with this in its address; empty for everybody.
        pub page: String,
        /// The skill.
        pub skill: String,
    }

    /// What a member can.
    pub struct Able {
        /// Who.
        pub agent: AgentId,
        /// The languages they speak, such as `zh`; none: that of the inbox.
        pub languages: Vec<String>,
        /// What else.
        pub skills: Vec<String>,
    }

    /// What a conversation asks for.
    pub struct Asked {
        /// Somebody who speaks this; absent: any language will do.
        pub language: Option<String>,
        /// Somebody who can all of this.
        pub skills: Vec<String>,
    }

    /// What was special about a conversation when it was given to somebody.
    pub struct Fit {
        /// What it asked for.
        pub asked: Asked,
        /// They can all of it; otherwise nobody who can was free in time.
        pub fits: bool,
        /// Why it came before others, or after them; absent: it came as most.
        pub ranked: Option<Ranked>,
    }

    /// Another inbox takes over, once in a wait.
    pub struct Overflow {
        /// After so many minutes without anybody who could take it, from 1 to `OVERFLOW_MINUTES_MAX`.
        pub after_minutes: u32,
        /// Which.
        pub to: InboxId,
    }

    /// Who decides which agent gets a conversation.
    pub enum RoutingPolicy text {
        /// The desk: whoever has the least to do for what they take.
        LeastLoaded "least_loaded",
        /// The desk: one after the other, whoever was given nothing for longest.
        RoundRobin "round_robin",
        /// Agents, by taking. Nothing is given out.
        AgentsClaim "agents_claim",
    }
}

impl Overflow {
    /// After such a wait.
    pub fn after(&self) -> Duration {
        Duration::from_secs(60 * u64::from(self.after_minutes))
    }
}

impl RankRule {
    /// Whether it holds for somebody.
    pub fn holds(&self, who: &IdentityView) -> bool {
        let told = who.attributes.iter().find(|attribute| attribute.name == self.key);
        let told = told.map(|attribute| attribute.value.as_str());
        let told = told.or_else(|| who.email.as_deref().filter(|_| self.key == "email"));
        let (told, value) = (told.map(str::to_lowercase), self.value.to_lowercase());
        told.is_some_and(|told| if self.contains { told.contains(&value) } else { told.trim() == value })
    }

    /// What the first rule that holds makes of somebody's conversation.
    pub fn ranked(rules: &[RankRule], who: Option<&IdentityView>) -> Option<Ranked> {
        let who = who?;
        let first = rules.iter().find(|rule| rule.holds(who))?;
        Some(Ranked { priority: first.priority, key: first.key.clone() })
    }
}

impl Matching {
    /// So long only those who fit are given a conversation; `None`: for ever.
    pub fn lapses_after(&self) -> Option<Duration> {
        self.prefer_seconds.map(|seconds| Duration::from_secs(seconds.into()))
    }

    /// What is asked for by a visitor with this language who wrote from this page, where `members` can what they can.
    pub fn asked(&self, members: &[&Able], language: Option<&str>, page: Option<&str>) -> Asked {
        let has = |skill: &str| members.iter().any(|able| able.skills.iter().any(|one| one == skill));
        let mut skills: Vec<String> = Vec::new();
        for rule in &self.skills {
            let is_here = rule.page.is_empty() || page.is_some_and(|page| page.contains(&rule.page));
            if is_here && has(&rule.skill) && !skills.contains(&rule.skill) {
                skills.push(rule.skill.clone());
            }
        }
        let is_spoken = |tag: &str| members.iter().any(|able| self.speaks(able, tag));
        let language = self.language.as_ref().and_then(|usual| {
            let own = language.map(primary).filter(|tag| is_spoken(tag));
            own.or_else(|| Some(usual.clone()).filter(|tag| is_spoken(tag)))
        });
        Asked { language, skills }
    }

    /// Whether somebody can what is asked for.
    pub fn fits(&self, able: &Able, asked: &Asked) -> bool {
        asked.language.as_ref().is_none_or(|tag| self.speaks(able, tag))
            && asked.skills.iter().all(|skill| able.skills.contains(skill))
    }

    fn speaks(&self, able: &Able, tag: &str) -> bool {
        match able.languages.is_empty() {
            true => self.language.as_deref() == Some(tag),
            false => able.languages.iter().any(|one| one == tag),
        }
    }
}

impl Able {
    /// Somebody of whom nothing is said.
    pub fn nothing(agent: AgentId) -> Able {
        Able { agent, languages: Vec::new(), skills: Vec::new() }
    }
}

impl Asked {
    /// Nothing.
    pub const NOTHING: Asked = Asked { language: None, skills: Vec::new() };

    /// Whether anybody will do.
    pub fn is_nothing(&self) -> bool {
        self.language.is_none() && self.skills.is_empty()
    }
}

/// The language of a tag, without script and country: who speaks it reads them all.
fn primary(tag: &str) -> String {
    tag.split('-').next().unwrap_or_default().to_ascii_lowercase()
}

impl Routing {
    /// What holds where nobody has chosen.
    pub const DEFAULT: Routing = Routing {
        policy: RoutingPolicy::LeastLoaded,
        same_agent: false,
        accept_seconds: None,
        overflow: None,
        waiting_max: None,
        matching: None,
        able: None,
        answer_minutes: None,
        ranks: None,
    };
}
