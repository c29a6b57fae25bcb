//! What visitors see: from the launcher to the end and what comes after, with pictures and files in between.

use anyhow::{Context, Result};

use super::{BREAK, ENTER, Stage, desk};
use crate::browser::{Browser, Element};

/// What is said in the pictures, by the visitor's language.
struct Lines {
    asks: &'static str,
    more: &'static str,
    answer: &'static str,
    steps: &'static [&'static str],
    choose: &'static str,
    choices: &'static [&'static str],
    look: &'static str,
    thanks: &'static str,
    later: &'static str,
}

const ENGLISH: Lines = Lines {
    asks: "Hello! Do you have the clay pot in a larger size?",
    more: "It is for six people.",
    answer: "Hello! The *large* one holds _1.2 litres_. Have a look: https://leaf.example/pot",
    steps: &[
        "Before the first tea:",
        "1. rinse it",
        "2. **boil** it once",
        "3. let it dry",
        "Order code: `POT-12`",
        "```pot --size=large --colour=celadon --gift-wrap --deliver-to=Norway```",
    ],
    choose: "Which glaze would you like?",
    choices: &["Celadon", "Black", "The one with the blue rim, if there are any left"],
    look: "This is the one I mean.",
    thanks: "Wonderful, thank you!",
    later: "Do you ship to Norway?",
};
const SIMPLIFIED: Lines = Lines {
    asks: "你好，请问这把陶壶有大一号的吗？",
    more: "六个人用。",
    answer: "您好！*大号*的容量是_1.2 升_，请看：https://leaf.example/pot",
    steps: &[
        "第一次使用前：",
        "1. 冲洗",
        "2. **煮沸**一次",
        "3. 晾干",
        "订货号：`POT-12`",
        "```pot --size=large --colour=celadon --gift-wrap --deliver-to=Norway```",
    ],
    choose: "您想要哪种釉色？",
    choices: &["青瓷", "黑釉", "有的话，要带蓝边的那种"],
    look: "就是这一把。",
    thanks: "太好了，谢谢！",
    later: "请问可以寄到挪威吗？",
};
const TRADITIONAL: Lines = Lines {
    asks: "你好，請問這把陶壺有大一號的嗎？",
    more: "六個人用。",
    answer: "您好！*大號*的容量是_1.2 公升_，請看：https://leaf.example/pot",
    steps: &[
        "第一次使用前：",
        "1. 沖洗",
        "2. **煮沸**一次",
        "3. 晾乾",
        "訂貨號：`POT-12`",
        "```pot --size=large --colour=celadon --gift-wrap --deliver-to=Norway```",
    ],
    choose: "您想要哪種釉色？",
    choices: &["青瓷", "黑釉", "有的話，要帶藍邊的那種"],
    look: "就是這一把。",
    thanks: "太好了，謝謝！",
    later: "請問可以寄到挪威嗎？",
};

const ARABIC: Lines = Lines {
    asks: "مرحبًا! هل يتوفر إبريق الفخار بحجم أكبر؟",
    more: "إنه لستة أشخاص.",
    answer: "أهلًا بك! *الكبير* يتسع لـ _1.2 لتر_. ألق نظرة: https://leaf.example/pot",
    steps: &[
        "قبل أول استعمال:",
        "1. اشطفه",
        "2. **اغله** مرة واحدة",
        "3. اتركه يجف",
        "رمز الطلب: `POT-12`",
        "```pot --size=large --colour=celadon --gift-wrap --deliver-to=Norway```",
    ],
    choose: "أي طلاء تفضل؟",
    choices: &["سيلادون", "أسود", "ذو الحافة الزرقاء إن بقي منه شيء"],
    look: "هذا هو الذي أقصده.",
    thanks: "رائع، شكرًا! Thank you, Mia!",
    later: "هل تشحنون إلى النرويج؟ هاتفي: +47 22 12 34 56",
};

fn lines(stage: &Stage) -> &'static Lines {
    match stage.language.as_str() {
        "zh-Hans" | "zh-CN" | "zh" => &SIMPLIFIED,
        tag if tag.starts_with("zh") => &TRADITIONAL,
        tag if tag.starts_with("ar") => &ARABIC,
        _ => &ENGLISH,
    }
}

pub fn launcher(stage: &mut Stage) -> Result<()> {
    let (visitor, shop) = (&stage.visitor, &stage.demo.shop);
    // The demo's shop is in English, and the language of a page counts before that of the browser.
    visitor.takes_for_translated(shop)?;
    visitor.open(shop)?;
    button(visitor)?;
    // What the visitor has on the screen is the picture that they send later.
    visitor.screenshot(&stage.props.join("pot.png"))?;
    let guide = b"%PDF-1.7\nHow to season a clay pot.\n".repeat(5_000);
    std::fs::write(stage.props.join("care-guide.pdf"), guide).context("writing a file to send")
}

pub fn nobody(stage: &mut Stage) -> Result<()> {
    stage.visitor.click(&button(&stage.visitor)?)?;
    chat(stage, &["#text", ".presence[data-is=away]"])
}

pub fn greeting(stage: &mut Stage) -> Result<()> {
    desk::sign_in(stage)?;
    // Who is busy is given nothing, and takes by hand.
    desk::is_busy(stage)?;
    desk::makes_room(stage)?;
    chat(stage, &[".presence[data-is=here]"])
}

pub fn queue(stage: &mut Stage) -> Result<()> {
    says(stage, lines(stage).asks)?;
    says(stage, lines(stage).more)?;
    chat(stage, &[".place"])
}

pub fn conversation(stage: &mut Stage) -> Result<()> {
    desk::claims(stage, lines(stage).more)?;
    desk::answers(stage, lines(stage).answer)?;
    desk::answers(stage, &lines(stage).steps.join(BREAK))?;
    chat(stage, &[".group:not(.mine) .bubble pre"])?;
    says(stage, lines(stage).thanks)?;
    chat(stage, &[".group.mine:last-child .mark[data-is=mark_read]"])
}

pub fn choices(stage: &mut Stage) -> Result<()> {
    asks(stage)?;
    desk::sends_choices(stage)?;
    chat(stage, &[".starters"])
}

/// The agent writes a question, with answers to press in the visitor's language.
pub fn asks(stage: &Stage) -> Result<()> {
    desk::asks(stage, lines(stage).choose, lines(stage).choices)
}

pub fn files(stage: &mut Stage) -> Result<()> {
    desk::sends(stage, &stage.props.join("care-guide.pdf"))?;
    chat(stage, &[".bubble .file"])?;
    picks(stage, "pot.png")?;
    chat(stage, &[".photo img[src]"])?;
    says(stage, lines(stage).look)?;
    chat(stage, &[".group.mine:last-child .mark[data-is=mark_read]"])
}

pub fn emoji(stage: &mut Stage) -> Result<()> {
    press(stage, "#emoji")?;
    chat(stage, &[".emojis button:focus"])
}

pub fn menu(stage: &mut Stage) -> Result<()> {
    // In the head: more, end, close. A press there closes the emoji.
    press(stage, ".head-row .icon:nth-last-child(3)")?;
    chat(stage, &["dialog[open] .actions"])
}

pub fn forget(stage: &mut Stage) -> Result<()> {
    press(stage, "dialog[open] .actions button:nth-child(2)")?;
    chat(stage, &["dialog[open] p"])
}

/// The server is gone: a message and a file wait.
pub fn down(stage: &mut Stage) -> Result<()> {
    press(stage, "dialog[open] .actions button:nth-child(2)")?;
    stage.demo.stop();
    chat(stage, &[".strip[data-is=link_down]"])?;
    says(stage, lines(stage).more)?;
    picks(stage, "care-guide.pdf")?;
    chat(stage, &[".bubble[data-is=queued]", ".uploads .waits"])
}

pub fn ended(stage: &mut Stage) -> Result<()> {
    stage.demo.go_on()?;
    chat(stage, &[".group.mine .file"])?;
    desk::opens(stage, "inbox/mine", "care-guide.pdf")?;
    desk::resolves(stage)?;
    chat(stage, &[".rate"])
}

pub fn rated(stage: &mut Stage) -> Result<()> {
    press(stage, ".star:nth-child(4)")?;
    chat(stage, &[".star:nth-child(4)[aria-pressed=true]"])
}

/// Another conversation is begun, and both are listed.
pub fn home(stage: &mut Stage) -> Result<()> {
    press(stage, ".back")?;
    chat(stage, &[".talk"])?;
    says(stage, lines(stage).later)?;
    press(stage, ".back")?;
    chat(stage, &[".talks li + li"])
}

pub fn earlier(stage: &mut Stage) -> Result<()> {
    press(stage, ".talks li + li .talk")?;
    chat(stage, &[".group.mine .file"])
}

pub fn comment(stage: &mut Stage) -> Result<()> {
    press(stage, ".rate .edit")?;
    chat(stage, &["dialog[open] textarea"])?;
    inside(&stage.visitor, |visitor| {
        visitor.type_into(&visitor.find("dialog textarea")?, lines(stage).thanks)
    })
}

/// On with the open one; then the visitor's own way to end.
pub fn end(stage: &mut Stage) -> Result<()> {
    press(stage, "dialog[open] .actions button:nth-child(1)")?;
    press(stage, ".ended .button")?;
    says(stage, lines(stage).more)?;
    press(stage, ".head-row .icon:nth-last-child(2)")?;
    chat(stage, &["dialog[open] #end"])
}

/// Blocked by an agent: what is written is refused, and stays.
pub fn refused(stage: &mut Stage) -> Result<()> {
    press(stage, "dialog[open] .quiet")?;
    desk::opens(stage, "inbox/queue", lines(stage).more)?;
    stage.agent.press(".person-part > .button-danger")?;
    stage.agent.type_into(&stage.agent.find("#reason")?, "spam")?;
    stage.agent.press("dialog[open] .button-danger")?;
    says(stage, lines(stage).later)?;
    chat(stage, &[".bubble[data-is=refused]"])
}

/// Somebody new comes when it is closed.
pub fn closed(stage: &mut Stage) -> Result<()> {
    desk::closes(stage)?;
    stage.visitor.forget_everything()?;
    stage.visitor.open(&stage.demo.shop)?;
    stage.visitor.click(&button(&stage.visitor)?)?;
    chat(stage, &[".presence[data-is=closed]"])
}

pub fn address(stage: &mut Stage) -> Result<()> {
    says(stage, lines(stage).later)?;
    chat(stage, &["#leave:not([hidden])"])
}

pub fn address_left(stage: &mut Stage) -> Result<()> {
    inside(&stage.visitor, |visitor| {
        visitor.type_into(&visitor.find("#address")?, &format!("vera@home.example{ENTER}"))?;
        visitor.find("#change:not([hidden])").map(drop)
    })
}

/// Whom to talk to, where the site offers more than one inbox.
pub fn whom(stage: &mut Stage) -> Result<()> {
    stage.visitor.open(&stage.demo.shop)?;
    stage.visitor.click(&button(&stage.visitor)?)?;
    press(stage, ".back")?;
    chat(stage, &["ul.talks li + li .what span"])
}

pub fn chosen(stage: &mut Stage) -> Result<()> {
    press(stage, "ul.talks li + li .talk")?;
    says(stage, lines(stage).later)
}

pub fn plain_form(stage: &mut Stage) -> Result<()> {
    let tag = stage.visitor.find("script[src*='/w/']")?;
    let loader = stage.visitor.attribute(&tag, "src")?;
    stage.visitor.open(&loader.replace(".js", "/plain"))?;
    stage.visitor.find("#text").map(drop)
}

pub fn plain_conversation(stage: &mut Stage) -> Result<()> {
    stage.visitor.type_into(&stage.visitor.find("#text")?, lines(stage).asks)?;
    stage.visitor.press("form button")?;
    stage.visitor.find("li.mine")?;
    desk::claims(stage, lines(stage).asks)?;
    desk::answers(stage, lines(stage).answer)?;
    desk::sends(stage, &stage.props.join("care-guide.pdf"))?;
    stage.agent.find(".say-file")?;
    stage.visitor.press("form .quiet")?;
    stage.visitor.find("li.theirs a").map(drop)
}

/// The first page of a browser that keeps nothing.
pub fn denied(stage: &mut Stage) -> Result<()> {
    stage.visitor.takes_for_translated(&stage.demo.shop)?;
    stage.visitor.open(&stage.demo.shop)?;
    stage.visitor.click(&button(&stage.visitor)?)?;
    chat(stage, &[".strip"])?;
    says(stage, lines(stage).later)
}

/// Writes and sends, and sees it in the transcript.
fn says(stage: &Stage, text: &str) -> Result<()> {
    inside(&stage.visitor, |visitor| {
        visitor.type_into(&visitor.find("#text")?, &format!("{text}{ENTER}"))?;
        visitor.find(".group.mine .bubble").map(drop)
    })
}

fn picks(stage: &Stage, name: &str) -> Result<()> {
    let file = stage.props.join(name).display().to_string();
    inside(&stage.visitor, |visitor| visitor.type_into(&visitor.find("#pick")?, &file))
}

fn press(stage: &Stage, css: &str) -> Result<()> {
    inside(&stage.visitor, |visitor| visitor.press(css))
}

/// Waits until all of these are in the chat.
fn chat(stage: &Stage, signs: &[&str]) -> Result<()> {
    inside(&stage.visitor, |visitor| signs.iter().try_for_each(|sign| visitor.find(sign).map(drop)))
}

/// Does something in the chat's frame, and looks at the page again.
fn inside(visitor: &Browser, act: impl FnOnce(&Browser) -> Result<()>) -> Result<()> {
    let frame = visitor.find_in_shadow(&visitor.find("deskbell-chat")?, "iframe")?;
    visitor.enter_frame(Some(&frame))?;
    let done = act(visitor);
    visitor.enter_frame(None)?;
    done
}

fn button(visitor: &Browser) -> Result<Element> {
    visitor.find_in_shadow(&visitor.find("deskbell-chat")?, "button")
}
