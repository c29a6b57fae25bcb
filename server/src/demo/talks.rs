//! Made-up conversations, for looking at the desk with something in it. Varied in length, language and state; nothing
//! in them was ever said.

use anyhow::{Result, anyhow};
use deskbell_shared::model::{
    AgentId, Audience, Cmid, ConversationId, Draft, InboxId, PageView, Seq, SiteId, Situation, SnippetId,
    UnixMillis, VisitorId,
};

use super::seed::{PEOPLE, Person};
use crate::auth::secret::random;
use crate::store::conversations::{Append, Claim, Mark, Rate, Resolve, Snooze, Start, Writer};
use crate::store::tools::SnippetWrite;
use crate::store::{Scope, Store};

const MINUTE: i64 = 60_000;

enum Line {
    /// The visitor writes.
    V(&'static str),
    /// The agent takes it, the first time, and writes.
    A(&'static str),
    /// The agent notes something for colleagues.
    N(&'static str),
    /// The agent puts it aside for a day.
    Later,
    /// It is resolved.
    Done,
    /// The visitor rates it.
    Stars(u32, &'static str),
}

use Line::{A, Done, Later, N, Stars, V};

struct Talk {
    /// How long ago it began.
    minutes_ago: i64,
    /// The path of the page.
    path: &'static str,
    title: &'static str,
    language: &'static str,
    /// Whose place in `seed::PEOPLE`.
    agent: usize,
    lines: &'static [Line],
}

const TALKS: &[Talk] = &[
    Talk {
        minutes_ago: 2,
        path: "/pot",
        title: "The clay pot",
        language: "en",
        agent: 0,
        lines: &[
            V("Hi! Is the clay pot fine for a dishwasher?"),
            V("And does the lid stay on when pouring?"),
        ],
    },
    Talk {
        minutes_ago: 4,
        path: "/",
        title: "Tea and pots",
        language: "zh-Hans",
        agent: 0,
        lines: &[V("你好，请问明前龙井还有货吗？"), V("想送给父母，能帮忙写一张贺卡吗？")],
    },
    Talk {
        minutes_ago: 9,
        path: "/delivery",
        title: "Delivery",
        language: "de",
        agent: 0,
        lines: &[V("Guten Tag, mein Paket steht seit drei Tagen auf „unterwegs“. Bestellnummer 20418.")],
    },
    Talk {
        minutes_ago: 26,
        path: "/",
        title: "Tea and pots",
        language: "en",
        agent: 0,
        lines: &[
            V("Which tea would you give to somebody who only drinks coffee?"),
            A(
                "Good question! I would try the Lapsang: it is smoky and dark, and it can stand a splash of milk.",
            ),
            V("Smoky like whisky or smoky like a campfire?"),
            A(
                "Campfire, the morning after. The sampler tin has a small bag of it, if you want to be careful.",
            ),
            N("She was here last week about the sampler, too."),
            V("Perfect, I take the tin 🙂"),
        ],
    },
    Talk {
        minutes_ago: 41,
        path: "/pot",
        title: "The clay pot",
        language: "fr",
        agent: 0,
        lines: &[
            V("Bonjour ! La théière convient-elle au thé vert ?"),
            A("Bonjour, oui, à condition de la garder pour le thé vert : l’argile garde le goût."),
            V("D’accord. Et combien de temps pour la livraison à Lyon ?"),
        ],
    },
    Talk {
        minutes_ago: 63,
        path: "/delivery",
        title: "Delivery",
        language: "zh-Hans",
        agent: 1,
        lines: &[
            V("我的订单 20397 地址写错了，可以改吗？"),
            A("可以的，今天下午六点前都能修改。请把新地址发给我。"),
            V("上海市徐汇区衡山路 12 号 3 楼，谢谢！"),
            A("已经改好了，预计周四送达。"),
            N("已和物流确认，周四上午派送。"),
            Later,
        ],
    },
    Talk {
        minutes_ago: 190,
        path: "/pot",
        title: "The clay pot",
        language: "en",
        agent: 0,
        lines: &[
            V("The pot arrived today and it is beautiful, but the lid has a chip."),
            A("Oh no, I am sorry. A new lid leaves here this afternoon, and you keep the old one."),
            V("Wow, thank you. That was quick."),
            Done,
            Stars(5, "Faster than my kettle."),
        ],
    },
    Talk {
        minutes_ago: 1_500,
        path: "/",
        title: "Tea and pots",
        language: "es",
        agent: 1,
        lines: &[
            V("¿Hacéis envíos a Canarias?"),
            A("Sí, tardan entre cinco y siete días."),
            Done,
            Stars(4, ""),
        ],
    },
    Talk {
        minutes_ago: 2_900,
        path: "/delivery",
        title: "Delivery",
        language: "en-GB",
        agent: 0,
        lines: &[
            V("Do you have a shop I can visit?"),
            A("Not yet, only the workshop. On the first Saturday of a month the door is open, with tea."),
            V("Lovely, see you then."),
            Done,
        ],
    },
    Talk {
        minutes_ago: 4_400,
        path: "/",
        title: "Tea and pots",
        language: "ar",
        agent: 2,
        lines: &[
            V("مرحبا، هل الشاي عضوي؟"),
            A("Yes, all of it. Shall I send you the certificate?"),
            V("نعم من فضلك"),
            Done,
        ],
    },
];

/// Shortcut and text of saved answers for everybody.
const SNIPPETS: &[(&str, &str)] = &[
    (
        "delivery",
        "It leaves here within a day and takes two to four more. You get a mail with the number of the parcel.",
    ),
    ("return", "Of course: send it back within 30 days, the label is in the box. What went wrong?"),
    ("hello", "Hello, {agent} of {site} here. How can I help?"),
    ("发货", "您好，订单会在一天内发出，通常两到四天送达。"),
];

/// Puts the saved answers in.
pub async fn snippets(store: &dyn Store, owner: AgentId, now: UnixMillis) -> Result<()> {
    for (shortcut, text) in SNIPPETS {
        let write = SnippetWrite {
            id: SnippetId::from_parts(now, random()),
            is_new: true,
            agent: owner,
            is_shared: true,
            shortcut: (*shortcut).to_owned(),
            text: (*text).to_owned(),
            situation: (*shortcut == "return").then_some(Situation::Upset),
            at: now,
        };
        store.write_snippet(write).await?;
    }
    Ok(())
}

/// Puts `count` conversations in, the newest kinds first; beyond the list they repeat with other visitors.
pub async fn seed(store: &dyn Store, count: usize, now: UnixMillis) -> Result<()> {
    let site = store.sites().await?.into_iter().next().ok_or_else(|| anyhow!("there is no site"))?;
    let agents = store.agents().await?;
    let id_of = |person: &Person| agents.iter().find(|agent| agent.email == person.email);
    let ids: Vec<AgentId> =
        PEOPLE.iter().filter_map(|person| id_of(person)).map(|agent| agent.view.id).collect();
    let page_base = site.origins.first().cloned().unwrap_or_default();
    for number in (0..count).rev() {
        let talk = &TALKS[number % TALKS.len()];
        let round = i64::try_from(number / TALKS.len()).unwrap_or(0);
        let began = UnixMillis(now.0 - (talk.minutes_ago + round * 7) * MINUTE);
        let agent = ids.get(talk.agent).or(ids.first()).copied().ok_or_else(|| anyhow!("there is nobody"))?;
        let place = Place { site: site.id, inbox: site.inbox, page: format!("{page_base}{}", talk.path) };
        put(store, talk, &place, agent, began).await?;
    }
    Ok(())
}

struct Place {
    site: SiteId,
    inbox: InboxId,
    page: String,
}

async fn put(store: &dyn Store, talk: &Talk, place: &Place, agent: AgentId, began: UnixMillis) -> Result<()> {
    let visitor = VisitorId(u128::from_be_bytes(random()));
    let conversation = ConversationId::from_parts(began, random());
    let mut taken = false;
    for (index, line) in talk.lines.iter().enumerate() {
        // Never later than now: the last lines of a young talk are close together.
        let step = (talk.minutes_ago * MINUTE / 2 / talk.lines.len() as i64).min(2 * MINUTE);
        let at = UnixMillis(began.0 + index as i64 * step);
        match line {
            V(text) if index == 0 => {
                let start = Start {
                    conversation,
                    visitor,
                    site: place.site,
                    inbox: place.inbox,
                    page: Some(PageView {
                        url: place.page.clone(),
                        title: talk.title.to_owned(),
                        referrer: None,
                    }),
                    language: Some(talk.language.to_owned()),
                    time_zone: None,
                    about: None,
                    messages: vec![draft(text, at)],
                    at,
                };
                store.start(start).await?;
            }
            V(text) => append(store, conversation, Writer::Visitor(visitor), text, at).await?,
            A(text) => {
                if !taken {
                    store.claim(Claim { conversation, agent, version: 0, at }).await?;
                    taken = true;
                }
                append(store, conversation, Writer::Agent(agent), text, at).await?;
                read_all(store, conversation, Scope::Agent(agent), index).await?;
                read_all(store, conversation, Scope::Visitor(visitor), index).await?;
            }
            N(text) => {
                let note = Draft { audience: Some(Audience::Staff), ..draft(text, at) };
                let writer = Writer::Agent(agent);
                store.append(Append { conversation, writer, messages: vec![note], at }).await?;
            }
            Later => {
                let until = UnixMillis(at.0 + 24 * 60 * MINUTE);
                store.snooze(Snooze { conversation, agent, until, at }).await?;
            }
            Done => {
                store.resolve(Resolve { conversation, scope: Scope::Agent(agent), at }).await?;
            }
            Stars(score, comment) => {
                let comment = Some((*comment).to_owned()).filter(|comment| !comment.is_empty());
                store.rate(Rate { conversation, visitor, score: *score, comment, at }).await?;
            }
        }
    }
    Ok(())
}

async fn append(
    store: &dyn Store,
    conversation: ConversationId,
    writer: Writer,
    text: &str,
    at: UnixMillis,
) -> Result<()> {
    store.append(Append { conversation, writer, messages: vec![draft(text, at)], at }).await?;
    Ok(())
}

/// Both sides have seen what was said so far; the store cuts what lies beyond the head.
async fn read_all(store: &dyn Store, conversation: ConversationId, scope: Scope, index: usize) -> Result<()> {
    let place = Seq(index as u64 + 2);
    store.mark(Mark { conversation, scope, received: place, read: place }).await?;
    Ok(())
}

fn draft(text: &str, at: UnixMillis) -> Draft {
    Draft::new(Cmid::from_parts(at, random()), text)
}
