//! Whether what an owner says about languages and skills can be meant; and the same words always written alike, so that
//! what is asked for and what somebody can are compared letter by letter.

use deskbell_shared::model::{Able, AgentId, Matching, RankRule, Routing};
use deskbell_shared::protocol::limits::{
    ABLE_MAX, PREFER_SECONDS_MAX, RANK_CHARS_MAX, RANK_RULES_MAX, SKILL_CHARS_MAX, SKILL_RULES_MAX,
};

use super::denial::Denial;

/// Puts it in order. What is said of somebody who is no member is left out.
pub fn tidy(routing: &mut Routing, members: &[AgentId]) -> Result<(), Denial> {
    if let Some(matching) = &mut routing.matching {
        rules(matching)?;
    }
    routing.ranks = routing.ranks.take().filter(|rules| !rules.is_empty());
    if let Some(rules) = &mut routing.ranks {
        ranks(rules)?;
    }
    let mut able = routing.able.take().unwrap_or_default();
    able.retain(|able| members.contains(&able.agent));
    able.sort_by_key(|able| able.agent);
    able.dedup_by_key(|able| able.agent);
    for Able { languages, skills, .. } in &mut able {
        each(languages, "languages", |text| language("languages", text))?;
        each(skills, "skills", |text| skill("skills", text))?;
    }
    able.retain(|able| !able.languages.is_empty() || !able.skills.is_empty());
    routing.able = (!able.is_empty()).then_some(able);
    Ok(())
}

fn rules(matching: &mut Matching) -> Result<(), Denial> {
    if matching.prefer_seconds.is_some_and(|seconds| !(1..=PREFER_SECONDS_MAX).contains(&seconds)) {
        return Err(Denial::invalid("prefer_seconds", format!("from 1 to {PREFER_SECONDS_MAX} seconds")));
    }
    if let Some(usual) = &mut matching.language {
        *usual = language("language", usual)?;
    }
    if matching.skills.len() > SKILL_RULES_MAX {
        return Err(Denial::invalid("rules", format!("at most {SKILL_RULES_MAX}")));
    }
    for rule in &mut matching.skills {
        rule.skill = skill("rules", &rule.skill)?;
        rule.page = rule.page.trim().to_owned();
        if rule.page.chars().count() > SKILL_CHARS_MAX {
            return Err(Denial::invalid(
                "rules",
                format!("at most {SKILL_CHARS_MAX} characters of an address"),
            ));
        }
    }
    Ok(())
}

fn ranks(rules: &mut [RankRule]) -> Result<(), Denial> {
    if rules.len() > RANK_RULES_MAX {
        return Err(Denial::invalid("ranks", format!("at most {RANK_RULES_MAX}")));
    }
    for rule in rules {
        for text in [&mut rule.key, &mut rule.value] {
            *text = text.trim().to_owned();
            if !(1..=RANK_CHARS_MAX).contains(&text.chars().count()) {
                return Err(Denial::invalid(
                    "ranks",
                    format!("from 1 to {RANK_CHARS_MAX} characters in each field"),
                ));
            }
        }
    }
    Ok(())
}

fn each(
    words: &mut Vec<String>,
    field: &'static str,
    tidy: impl Fn(&str) -> Result<String, Denial>,
) -> Result<(), Denial> {
    for word in words.iter_mut() {
        *word = tidy(word)?;
    }
    words.sort();
    words.dedup();
    match words.len() <= ABLE_MAX {
        true => Ok(()),
        false => Err(Denial::invalid(field, format!("at most {ABLE_MAX}"))),
    }
}

/// A language, script and country left out: two or three letters (RFC 5646, section 2.2.1).
fn language(field: &'static str, text: &str) -> Result<String, Denial> {
    let tag = text.trim().split('-').next().unwrap_or_default().to_ascii_lowercase();
    let is_one = (2..=3).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_lowercase());
    is_one.then_some(tag).ok_or_else(|| Denial::invalid(field, "two or three letters, such as en or zh"))
}

fn skill(field: &'static str, text: &str) -> Result<String, Denial> {
    let skill = text.trim().to_lowercase();
    let fits = (1..=SKILL_CHARS_MAX).contains(&skill.chars().count())
        && !skill.chars().any(|one| one.is_control() || one == ',');
    fits.then_some(skill).ok_or_else(|| {
        Denial::invalid(field, format!("from 1 to {SKILL_CHARS_MAX} characters without a comma"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskbell_shared::model::{Priority, SkillRule};

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn words_are_written_alike_and_who_is_no_member_is_left_out() {
        let able = |agent: u128, languages: &[&str], skills: &[&str]| Able {
            agent: AgentId(agent),
            languages: words(languages),
            skills: words(skills),
        };
        let mut routing = Routing {
            matching: Some(Matching {
                language: Some(" EN ".into()),
                skills: vec![SkillRule { page: " /pricing ".into(), skill: "Billing".into() }],
                prefer_seconds: Some(60),
            }),
            able: Some(vec![
                able(3, &[], &[]),
                able(2, &["ZH-Hans", "en", "zh"], &[" Billing "]),
                able(9, &["de"], &[]),
            ]),
            ..Routing::DEFAULT
        };
        tidy(&mut routing, &[AgentId(2), AgentId(3)]).expect("it can be meant");
        assert_eq!(routing.able, Some(vec![able(2, &["en", "zh"], &["billing"])]));
        let matching = routing.matching.expect("kept");
        assert_eq!(matching.language.as_deref(), Some("en"));
        assert_eq!(matching.skills, [SkillRule { page: "/pricing".into(), skill: "billing".into() }]);
    }

    #[test]
    fn a_rule_about_who_comes_first_has_a_name_and_a_value() {
        let rule = |key: &str, value: &str| RankRule {
            key: key.into(),
            contains: false,
            value: value.into(),
            priority: Priority::High,
        };
        let of = |rules: Vec<RankRule>| Routing { ranks: Some(rules), ..Routing::DEFAULT };
        let mut fine = of(vec![rule(" plan", "gold ")]);
        tidy(&mut fine, &[]).expect("it can be meant");
        assert_eq!(fine.ranks, Some(vec![rule("plan", "gold")]));
        let mut none = of(vec![]);
        tidy(&mut none, &[]).expect("nothing is said");
        assert_eq!(none.ranks, None);
        for wrong in [rule(" ", "gold"), rule("plan", ""), rule("plan", &"x".repeat(RANK_CHARS_MAX + 1))] {
            assert!(tidy(&mut of(vec![wrong]), &[]).is_err());
        }
        assert!(tidy(&mut of(vec![rule("plan", "gold"); RANK_RULES_MAX + 1]), &[]).is_err());
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let of = |language: &str, skill: &str, prefer_seconds| Routing {
            matching: Some(Matching {
                language: Some(language.into()),
                skills: vec![SkillRule { page: String::new(), skill: skill.into() }],
                prefer_seconds,
            }),
            ..Routing::DEFAULT
        };
        assert!(tidy(&mut of("en", "billing", None), &[]).is_ok());
        for mut wrong in [
            of("english", "billing", None),
            of("e", "billing", None),
            of("en", "  ", None),
            of("en", "a,b", None),
            of("en", &"x".repeat(SKILL_CHARS_MAX + 1), None),
            of("en", "billing", Some(0)),
            of("en", "billing", Some(PREFER_SECONDS_MAX + 1)),
        ] {
            assert!(tidy(&mut wrong, &[]).is_err(), "{wrong:?}");
        }
    }
}
