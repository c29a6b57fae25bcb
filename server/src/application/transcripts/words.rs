//! What a transcript says beside what people said.

use crate::language::InEach;

/// The words of a transcript.
pub struct Words {
    /// The author of the visitor's messages.
    pub visitor: &'static str,
    /// Before an agent's name where somebody takes it.
    pub joined: &'static str,
    /// It was ended.
    pub resolved: &'static str,
    /// It goes on.
    pub reopened: &'static str,
    /// What stood there is gone.
    pub erased: &'static str,
    /// Its author took back what stood there.
    pub withdrawn: &'static str,
    /// In brackets behind a message that its author has edited.
    pub edited: &'static str,
    /// It waits again.
    pub requeued: &'static str,
    /// It went to the inbox `{name}`.
    pub moved: &'static str,
    /// The visitor rated it.
    pub rated: &'static str,
    /// The visitor left an address.
    pub address: &'static str,
    /// All times are in UTC.
    pub times: &'static str,
    /// There is more.
    pub more: &'static str,
}

/// They, in each of our languages.
pub static WORDS: InEach<Words> = InEach {
    english: Words {
        visitor: "Visitor",
        joined: "{name} has joined.",
        resolved: "The conversation was ended.",
        reopened: "The conversation goes on.",
        erased: "A message was erased.",
        withdrawn: "A message was withdrawn.",
        edited: "edited",
        requeued: "Back in the queue.",
        moved: "Passed on to {name}.",
        rated: "Rating:",
        address: "Address for the answer:",
        times: "All times are in UTC.",
        more: "The conversation goes on, but this file ends here: it is too long for one.",
    },
    arabic: Words {
        visitor: "الزائر",
        joined: "المحادثة الآن مع {name}.",
        resolved: "انتهت المحادثة.",
        reopened: "استُؤنفت المحادثة.",
        erased: "حُذفت رسالة.",
        withdrawn: "سُحبت رسالة.",
        edited: "معدّلة",
        requeued: "عودة إلى قائمة الانتظار.",
        moved: "حُوّلت إلى {name}.",
        rated: "التقييم:",
        address: "عنوان الرد:",
        times: "جميع الأوقات بالتوقيت العالمي المنسق (UTC).",
        more: "للمحادثة بقية، لكن هذا الملف ينتهي هنا لأنها أطول من أن يسعها ملف واحد.",
    },
    simplified: Words {
        visitor: "访客",
        joined: "{name}已加入对话。",
        resolved: "对话已结束。",
        reopened: "对话继续。",
        erased: "一条消息已被删除。",
        withdrawn: "一条消息已被撤回。",
        edited: "已编辑",
        requeued: "回到队列。",
        moved: "已转至{name}。",
        rated: "评分：",
        address: "接收答复的地址：",
        times: "所有时间均为协调世界时（UTC）。",
        more: "对话还没有完，但内容太长，本文件到此为止。",
    },
    traditional: Words {
        visitor: "訪客",
        joined: "{name}已加入對話。",
        resolved: "對話已結束。",
        reopened: "對話繼續。",
        erased: "一則訊息已刪除。",
        withdrawn: "一則訊息已收回。",
        edited: "已編輯",
        requeued: "回到佇列。",
        moved: "已轉至{name}。",
        rated: "評分：",
        address: "接收答覆的地址：",
        times: "所有時間均為世界協調時間（UTC）。",
        more: "對話尚未結束，但內容太長，本檔案到此為止。",
    },
};
