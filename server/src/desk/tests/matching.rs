//! Stories of who speaks what and can what, of who waits for them, and until when.

use std::time::Duration;

use deskbell_shared::model::{Able, Asked, Fit, Matching as Rules, Priority, RankRule, Ranked, SkillRule};

use super::super::{Due, Effect, Input, Matching, Pick, Reason, Settings, Uncertain, Wait, Why};
use super::office::{Office, agent, conversation, member};

/// English is usual; mia speaks Chinese too, noa is asked for bills, of ola nothing is said.
fn matching(prefer_seconds: Option<u32>) -> Settings {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let able = |name: &str, languages: &[&str], skills: &[&str]| {
        let agent = agent(name);
        (agent, Able { agent, languages: words(languages), skills: words(skills) })
    };
    let rules = Rules {
        language: Some("en".into()),
        skills: vec![SkillRule { page: "/bills".into(), skill: "billing".into() }],
        prefer_seconds,
    };
    let able = [able("mia", &["en", "zh"], &[]), able("noa", &[], &["billing"])];
    let matching = Some(Matching { rules, able: able.into_iter().collect() });
    Settings { matching, ..Settings::default() }
}

fn fit(office: &Office) -> Option<Fit> {
    office.effects.iter().find_map(|effect| match effect {
        Effect::Assign { fit, .. } => Some(fit.clone()),
        _ => None,
    })?
}

fn told(office: &Office) -> Vec<(Wait, Why)> {
    let told = |effect: &Effect| match effect {
        Effect::TellPlace { wait, why, .. } => Some((*wait, *why)),
        _ => None,
    };
    office.effects.iter().filter_map(told).collect()
}

#[test]
fn a_visitor_goes_to_who_speaks_their_language_and_can_what_their_page_asks_for() {
    let mut office = Office::with(matching(None));
    for name in ["mia", "noa", "ola"] {
        office.agent(name).works(3);
    }
    office.visitor("vi").speaks("zh-Hans-CN");
    office.visitor("vi").writes();
    office.agent("mia").has("vi");
    let asked = Asked { language: Some("zh".into()), skills: vec![] };
    assert_eq!(fit(&office), Some(Fit { asked, fits: true, ranked: None }));
    let reasons = office.effects.iter().filter_map(|effect| match effect {
        Effect::Assign { reason, .. } => Some(reason.clone()),
        _ => None,
    });
    let only = Reason::Picked(Pick::LeastLoaded { load: 0, capacity: 3, eligible: 1 });
    assert_eq!(reasons.collect::<Vec<_>>(), [only], "of one who fits");
    office.visitor("wu").reads("https://a.example/bills/7");
    office.visitor("wu").writes();
    office.agent("noa").has("wu");
    assert_eq!(fit(&office).unwrap().asked.skills, ["billing"]);
    // A language that nobody here speaks is not waited for: that of the inbox counts.
    office.visitor("xi").speaks("fi");
    office.visitor("xi").writes();
    office.agent("ola").has("xi");
    assert_eq!(fit(&office).unwrap().asked.language.as_deref(), Some("en"));
}

#[test]
fn where_it_is_required_others_are_served_meanwhile_and_nothing_is_promised() {
    let mut office = Office::with(matching(None));
    office.agent("mia").works(1);
    office.agent("ola").works(1);
    office.agent("mia").disconnects();
    office.minutes_pass(2);
    office.visitor("vi").speaks("zh");
    office.visitor("vi").writes();
    assert_eq!(told(&office), [(Wait::TooUncertain(Uncertain::NobodyServes), Why::Joined)]);
    office.visitor("wu").writes();
    office.agent("ola").has("wu");
    office.minutes_pass(60);
    assert_eq!(office.queue(), "vi");
    // An agent may always take it, and a colleague may be handed it.
    office.agent("ola").takes_at_most(2);
    assert_eq!(office.queue(), "vi", "free, and does not fit");
    office.agent("ola").claims("vi");
    office.agent("ola").has("vi wu");
    assert_eq!(fit(&office), None, "no choice of the desk's");
}

#[test]
fn a_preference_lapses_on_time_and_then_rather_who_fits() {
    let mut office = Office::with(matching(Some(60)));
    office.agent("ola").works(2);
    office.agent("mia").works(1);
    office.visitor("ta").speaks("zh");
    office.visitor("ta").writes();
    office.agent("mia").has("ta");
    office.visitor("vi").speaks("zh");
    office.visitor("vi").writes();
    assert_eq!(office.queue(), "vi");
    assert_eq!(
        office.desk.deadline().map(|deadline| deadline.due),
        Some(Due::AnybodyWillDo(conversation("vi")))
    );
    office.seconds_pass(59);
    assert_eq!(office.queue(), "vi");
    office.seconds_pass(1);
    office.agent("ola").has("vi");
    let Some(Fit { fits: false, .. }) = fit(&office) else { panic!("it says that nobody was found") };
}

#[test]
fn after_it_has_lapsed_who_fits_is_chosen_before_who_has_less_to_do() {
    let mut office = Office::with(matching(Some(60)));
    office.visitor("vi").speaks("zh");
    office.visitor("vi").writes();
    office.minutes_pass(2);
    let at = office.now;
    let rows = [member(agent("ola"), 5), member(agent("mia"), 1)];
    let snapshot = super::super::Snapshot { agents: rows.to_vec(), ..office.desk.snapshot() };
    let mut desk = super::super::Desk::restore(at, snapshot);
    let given = std::iter::from_fn(|| desk.effect()).find_map(|effect| match effect {
        Effect::Assign { agent, .. } => Some(agent),
        _ => None,
    });
    assert_eq!(given, Some(agent("mia")));
}

#[test]
fn what_nobody_has_any_more_is_not_waited_for() {
    let mut office = Office::with(matching(None));
    office.agent("mia").works(1);
    office.agent("ola").works(1);
    office.visitor("ta").writes();
    office.visitor("vi").speaks("zh");
    office.visitor("vi").writes();
    assert_eq!(office.queue(), "vi", "mia has the first, and only she speaks Chinese");
    office.agent("mia").leaves_the_inbox();
    let row = office.desk.conversation(conversation("vi")).unwrap();
    assert_eq!(row.asked.language.as_deref(), Some("en"), "nobody speaks it now");
    office.agent("ola").takes_at_most(5);
    assert_eq!(office.queue(), "");
}

#[test]
fn new_rules_hold_at_once_and_order_stays_by_priority() {
    let mut office = Office::open();
    office.agent("ola").works(1);
    office.visitor("ta").writes();
    for name in ["vi", "wu"] {
        office.visitor(name).speaks("zh");
        office.visitor(name).writes();
    }
    office.say(Input::SettingsChanged(matching(None)));
    assert!(!office.desk.conversation(conversation("vi")).unwrap().asked.is_nothing());
    assert_eq!(
        office.desk.conversation(conversation("vi")).unwrap().asked.language.as_deref(),
        Some("en"),
        "mia is no member yet"
    );
    office.agent("mia").works(1);
    office.agent("mia").has("vi");
    office.visitor("xi").speaks("zh");
    office.visitor("xi").writes();
    office.visitor("xi").gets(Priority::High);
    office.agent("mia").resolves("vi");
    office.agent("mia").has("xi");
    office.passes(Duration::from_secs(3600));
    assert_eq!(office.queue(), "wu", "ola is busy, and does not speak it");
    office.say(Input::SettingsChanged(Settings::default()));
    office.agent("ola").resolves("ta");
    office.agent("ola").has("wu");
}

fn ranks(rules: &[(&str, bool, &str, Priority)]) -> Settings {
    let rule = |&(key, contains, value, priority): &(&str, bool, &str, Priority)| RankRule {
        key: key.into(),
        contains,
        value: value.into(),
        priority,
    };
    Settings { ranks: rules.iter().map(rule).collect(), ..Settings::default() }
}

#[test]
fn who_comes_first_is_decided_by_the_first_rule_that_holds_for_what_is_signed() {
    let rules = [
        ("plan", false, "gold", Priority::Urgent),
        ("email", true, "@big.", Priority::High),
        ("plan", false, "free", Priority::Low),
    ];
    let mut office = Office::with(ranks(&rules));
    for (name, plan) in [("vi", "free"), ("wu", "Gold"), ("xi", "golden")] {
        office.visitor(name).has_signed("plan", plan);
    }
    office.books.identities.get_mut(&super::office::visitor("vi")).unwrap().email = None;
    for name in ["vi", "ta", "xi", "wu"] {
        office.visitor(name).writes();
    }
    assert_eq!(office.queue(), "wu xi ta vi");
    office.agent("mia").works(1);
    office.agent("mia").has("wu");
    let ranked = Some(Ranked { priority: Priority::Urgent, key: "plan".into() });
    assert_eq!(fit(&office), Some(Fit { asked: Asked::NOTHING, fits: true, ranked }));
    // How long who comes last will wait depends on who is yet to come: nothing is said.
    let low = office.desk.conversation(conversation("vi")).unwrap();
    assert_eq!(low.told.unwrap().wait, Wait::TooUncertain(Uncertain::OthersComeFirst));
    let normal = office.desk.conversation(conversation("ta")).unwrap();
    assert_ne!(normal.told.unwrap().wait, Wait::TooUncertain(Uncertain::OthersComeFirst));
    // Without rules they come as they arrived.
    office.say(Input::SettingsChanged(Settings::default()));
    assert_eq!(office.queue(), "vi ta xi");
}
