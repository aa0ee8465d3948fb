//! Every sentence that the commands say, in both languages: a missing one cannot compile. What a
//! command is for is in `help.rs`, what is wrong with a configuration in `config/fault/`.

use crate::cause::Text;
use crate::config::fault::Language;
use crate::snapshot::{Alarm, ChannelState, InputState, OutputState};

/// The language of a locale: LC_ALL, then LC_MESSAGES, then LANG (POSIX, 8.2).
pub(super) fn language(variable: impl Fn(&str) -> Option<String>) -> Language {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .filter_map(|name| variable(name))
        .find(|value| !value.is_empty());
    match set {
        Some(locale) if locale == "vi" || locale.starts_with("vi_") => Language::Vietnamese,
        _ => Language::English,
    }
}

/// The sentences of one language.
#[derive(Debug)]
pub(super) struct Words {
    language: Language,
    pub(super) error: &'static str,
    pub(super) no_node_at: &'static str,
    pub(super) start_a_node: &'static str,
    pub(super) not_allowed: &'static str,
    pub(super) ask_for_the_group: &'static str,
    pub(super) needs_yes: &'static str,
    pub(super) yes_or_no: &'static str,
    pub(super) yes: &'static [&'static str],
    pub(super) not_done: &'static str,
    pub(super) nothing_differs: &'static str,
    pub(super) would_differ: &'static str,
    pub(super) good: &'static str,
    pub(super) stop_question: &'static str,
    pub(super) remove_question: &'static str,
    pub(super) goes_out: &'static str,
    pub(super) no_config_file: &'static str,
    pub(super) no_channels: &'static str,
    pub(super) unknown_key: &'static str,
    pub(super) nothing_came: &'static str,
    pub(super) no_findings: &'static str,
    pub(super) unknown: &'static str,
    pub(super) connection_lost: &'static str,
    pub(super) events_missed: &'static str,
    pub(super) demo_is_up: &'static str,
    pub(super) demo_end: &'static str,
    pub(super) player: &'static str,
    pub(super) up: &'static str,
    pub(super) keys: &'static str,
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) state: &'static str,
    pub(super) since: &'static str,
    pub(super) input: &'static str,
    pub(super) output: &'static str,
    pub(super) rate: &'static str,
    pub(super) alarm: &'static str,
    pub(super) alarms: &'static str,
    pub(super) level: &'static str,
    pub(super) backups: &'static str,
    pub(super) halls: &'static str,
    pub(super) on_air: &'static str,
    pub(super) programme: &'static str,
    pub(super) default: &'static str,
    pub(super) example: &'static str,
    pub(super) variable: &'static str,
    pub(super) required: &'static str,
    stopped: &'static str,
    waiting: &'static str,
    dark: &'static str,
    failed: &'static str,
    receiving: &'static str,
    no_picture: &'static str,
    no_sound: &'static str,
    lost: &'static str,
    checking: &'static str,
    on_the_wire: &'static str,
    not_on_the_wire: &'static str,
    sending: &'static str,
}

impl Words {
    pub(super) const fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::Vietnamese => &VIETNAMESE,
        }
    }

    /// What an alarm says; a node of before says it in English alone.
    pub(super) fn alarm_text<'a>(&self, alarm: &'a Alarm) -> &'a str {
        match self.language {
            Language::Vietnamese if !alarm.vi.is_empty() => &alarm.vi,
            Language::English | Language::Vietnamese => &alarm.text,
        }
    }

    /// A sentence of the node in this language.
    pub(super) fn text<'a>(&self, text: &'a Text) -> &'a str {
        match self.language {
            Language::English => &text.en,
            Language::Vietnamese => &text.vi,
        }
    }

    pub(super) const fn channel_state(&self, state: ChannelState) -> &'static str {
        match state {
            ChannelState::Stopped => self.stopped,
            ChannelState::Waiting => self.waiting,
            ChannelState::OnAir => self.on_air,
            ChannelState::Dark => self.dark,
            ChannelState::Failed => self.failed,
        }
    }

    pub(super) const fn input_state(&self, state: InputState) -> &'static str {
        match state {
            InputState::Waiting => self.waiting,
            InputState::Receiving => self.receiving,
            InputState::NoPicture => self.no_picture,
            InputState::NoSound => self.no_sound,
            InputState::Lost => self.lost,
        }
    }

    pub(super) const fn output_state(&self, state: OutputState) -> &'static str {
        match state {
            OutputState::Checking => self.checking,
            OutputState::OnTheWire => self.on_the_wire,
            OutputState::NotOnTheWire => self.not_on_the_wire,
            OutputState::Sending => self.sending,
        }
    }
}

const ENGLISH: Words = Words {
    language: Language::English,
    error: "error",
    no_node_at: "no node answers at",
    start_a_node: "start one with `headend run`, or name another with --node URL",
    not_allowed: "you may not use the node at",
    ask_for_the_group: "ask to be added to the group `headend`, then log in again",
    needs_yes: "this has to be asked first; write --yes where nobody can be asked",
    yes_or_no: "y/N",
    yes: &["y", "yes"],
    not_done: "nothing was changed",
    nothing_differs: "nothing differs",
    would_differ: "nothing was changed; this would be:",
    good: "good",
    stop_question: "Stop",
    remove_question: "Stop and remove",
    goes_out: "it goes out on",
    no_config_file: "no configuration file; write one with `headend config example > headend.toml`",
    no_channels: "no channels; add one to the configuration or with `headend channel add`",
    unknown_key: "no such key",
    nothing_came: "no transport packet came; check the address, the interface and the sender",
    no_findings: "TR 101 290: nothing found",
    unknown: "not known without an honest clock",
    connection_lost: "the connection to the node is lost; trying again",
    events_missed: "events were missed; `headend status` shows how it is now",
    demo_is_up: "The demonstration is on air.",
    demo_end: "Ctrl-C ends it and leaves nothing behind.",
    player: "Player",
    up: "up",
    keys: "↑ ↓ choose a channel   q leave",
    id: "ID",
    name: "NAME",
    state: "STATE",
    since: "SINCE",
    input: "INPUT",
    output: "OUTPUT",
    rate: "RATE",
    alarm: "ALARM",
    alarms: "ALARMS",
    level: "LEVEL",
    backups: "BACKUPS",
    halls: "HALLS",
    on_air: "on air",
    programme: "PROGRAMME",
    default: "default",
    example: "example",
    variable: "environment",
    required: "required",
    stopped: "stopped",
    waiting: "waiting",
    dark: "dark",
    failed: "failed",
    receiving: "receiving",
    no_picture: "no picture",
    no_sound: "no sound",
    lost: "connection lost",
    checking: "checking",
    on_the_wire: "on the wire",
    not_on_the_wire: "not on the wire",
    sending: "sending",
};

const VIETNAMESE: Words = Words {
    language: Language::Vietnamese,
    error: "lỗi",
    no_node_at: "không có nút nào trả lời ở",
    start_a_node: "hãy khởi động bằng `headend run`, hoặc chỉ nút khác bằng --node URL",
    not_allowed: "bạn không được dùng nút ở",
    ask_for_the_group: "hãy nhờ quản trị thêm bạn vào nhóm `headend` rồi đăng nhập lại",
    needs_yes: "lệnh này cần hỏi trước; hãy viết --yes khi không có ai để hỏi",
    yes_or_no: "c/K",
    yes: &["c", "có", "co", "y", "yes"],
    not_done: "không có gì thay đổi",
    nothing_differs: "không có gì khác",
    would_differ: "không có gì thay đổi; nếu làm thì:",
    good: "tốt",
    stop_question: "Dừng",
    remove_question: "Dừng và xóa",
    goes_out: "kênh đang phát ra",
    no_config_file: "không có tệp cấu hình; hãy tạo bằng `headend config example > headend.toml`",
    no_channels: "không có kênh nào; hãy thêm vào cấu hình hoặc bằng `headend channel add`",
    unknown_key: "không có khóa này",
    nothing_came: "không có gói nào đến; hãy xem lại địa chỉ, giao diện mạng và bên gửi",
    no_findings: "TR 101 290: không thấy lỗi",
    unknown: "không biết được khi thiếu đồng hồ tin cậy",
    connection_lost: "mất kết nối với nút; đang thử lại",
    events_missed: "có sự kiện bị bỏ lỡ; `headend status` cho biết hiện trạng",
    demo_is_up: "Kênh trình diễn đang phát.",
    demo_end: "Ctrl-C để kết thúc, không để lại gì.",
    player: "Trình phát",
    up: "đã chạy",
    keys: "↑ ↓ chọn kênh   q thoát",
    id: "ID",
    name: "TÊN",
    state: "TRẠNG THÁI",
    since: "TỪ",
    input: "ĐẦU VÀO",
    output: "ĐẦU RA",
    rate: "TỐC ĐỘ",
    alarm: "CẢNH BÁO",
    alarms: "CẢNH BÁO",
    level: "ÂM LƯỢNG",
    backups: "DỰ PHÒNG",
    halls: "NƠI XEM",
    on_air: "đang phát",
    programme: "CHƯƠNG TRÌNH",
    default: "mặc định",
    example: "ví dụ",
    variable: "biến môi trường",
    required: "bắt buộc",
    stopped: "đã dừng",
    waiting: "đang chờ",
    dark: "không có tín hiệu",
    failed: "không chạy được",
    receiving: "đang nhận",
    no_picture: "không có hình",
    no_sound: "không có tiếng",
    lost: "mất kết nối",
    checking: "đang kiểm tra",
    on_the_wire: "đã ra mạng",
    not_on_the_wire: "không ra mạng",
    sending: "đang gửi",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_locale_that_is_set_decides() {
        let of = |set: &[(&str, &str)]| {
            language(|name| {
                let found = set.iter().find(|(n, _)| *n == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(of(&[("LANG", "vi_VN.UTF-8")]), Language::Vietnamese);
        assert_eq!(of(&[("LANG", "vi_VN"), ("LC_ALL", "C")]), Language::English);
        assert_eq!(
            of(&[("LANG", "vi_VN"), ("LC_ALL", "")]),
            Language::Vietnamese
        );
        assert_eq!(of(&[("LANG", "vie")]), Language::English);
        assert_eq!(of(&[]), Language::English);
    }
}
