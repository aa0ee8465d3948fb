//! Help: examples, and what each command and argument is for in Vietnamese. The English text
//! stands with the definition.

use clap::Command;

use crate::config::fault::Language;

pub(super) const EXIT_CODES: &str =
    "Exit codes: 0 done, 1 failed, 2 usage, 3 node not reached, 4 conflict.

Examples:
  headend demo                                a test picture, and where to watch it
  headend config example > headend.toml       begin here
  headend config check headend.toml
  headend run --config headend.toml
  headend status";

pub(super) const DEMO: &str = "Examples:
  headend demo
  headend demo --port 9000";

pub(super) const RUN: &str = "Examples:
  headend run --config /etc/headend/headend.toml
  HEADEND__NODE__NAME=tinh headend run --listen 127.0.0.1:8080
  HEADEND_LOG=debug headend run";

pub(super) const PROBE: &str = "Examples:
  headend probe rtp://239.84.0.1:5000 --interface eth0
  headend probe srt://10.0.0.7:9000 --for 30s
  headend probe capture.ts --output json
  headend probe http://10.0.0.5:8080/hls/hop-chinh-phu/index.m3u8 --rules --for 60s";

pub(super) const STATUS: &str = "Examples:
  headend status
  headend status --output json | jq '.channels[] | select(.state != \"on-air\").id'
  headend status --node http://10.0.0.5:8080";

pub(super) const WHY: &str = "Exit codes: 0 good, 1 warning, 2 critical, 3 unknown.

Examples:
  headend why
  headend why hop-chinh-phu
  LANG=vi_VN headend why hop-chinh-phu
  headend why --output json";

pub(super) const PREFLIGHT: &str = "Exit codes: 0 good, 1 warning, 2 critical, 3 unknown.

Examples:
  headend preflight --quick
  headend preflight --channel hop-chinh-phu --drill --report hop.html
  headend preflight --node http://10.0.0.5:8080 --interface eth0
  headend preflight --verify hop.html";

pub(super) const REPORT_INCIDENTS: &str = "Examples:
  headend report incidents
  headend report incidents hop-chinh-phu --limit 10";

pub(super) const REPORT_INCIDENT: &str = "Examples:
  headend report incident hop-chinh-phu-1795344386416-1
  headend report incident hop-chinh-phu-1795344386416-1 --html > su-co.html";

pub(super) const REPORT_CODE: &str = "Examples:
  headend report code H7K3QZ
  headend report code 'h7k 3qz' --output json";

pub(super) const REPORT_MEETING: &str = "Examples:
  headend report meeting m12
  headend report meeting hop-chinh-phu
  headend report meeting hop-chinh-phu --from 08:00 --to 11:30
  headend report meeting hop-chinh-phu --from '2026-11-22 08:00' --html hop.html --csv hop.csv";

pub(super) const SOAK: &str = "Exit codes: 0 well, 1 something to look at, 2 the output was broken.

Examples:
  headend soak --for 60s
  headend soak --for 12h --output json > soak.json
  headend soak --for 2h --schedule faults.toml";

pub(super) const TOP: &str = "Examples:
  headend top
  headend top --node http://10.0.0.5:8080";

pub(super) const CONFIG_CHECK: &str = "Examples:
  headend config check
  headend config check headend.toml --output json";

pub(super) const CONFIG_EXAMPLE: &str = "Examples:
  headend config example > headend.toml";

pub(super) const CONFIG_SCHEMA: &str = "Examples:
  headend config schema > headend.schema.json";

pub(super) const CONFIG_EXPLAIN: &str = "Examples:
  headend config explain channel.output.dscp
  headend config explain overflow";

pub(super) const CONFIG_DIFF: &str = "Examples:
  headend config diff";

pub(super) const CONFIG_RELOAD: &str = "Examples:
  headend config reload --dry-run
  headend config reload";

pub(super) const CHANNEL_LIST: &str = "Examples:
  headend channel list
  headend channel list --output json";

pub(super) const CHANNEL_SHOW: &str = "Examples:
  headend channel show hop-chinh-phu";

pub(super) const CHANNEL_START: &str = "Examples:
  headend channel start hop-chinh-phu";

pub(super) const CHANNEL_STOP: &str = "Examples:
  headend channel stop hop-chinh-phu
  headend channel stop hop-chinh-phu --yes";

pub(super) const CHANNEL_ADD: &str = "Examples:
  headend channel add hop-tinh.toml --dry-run
  headend channel add hop-tinh.toml";

pub(super) const CHANNEL_REMOVE: &str = "Examples:
  headend channel remove hop-tinh --dry-run
  headend channel remove hop-tinh";

pub(super) const CHANNEL_WATCH: &str = "Examples:
  headend channel watch
  headend channel watch hop-chinh-phu --output json";

pub(super) const INPUT_SWITCH: &str = "Examples:
  headend input switch hop-chinh-phu 1 --dry-run
  headend input switch hop-chinh-phu 1
  headend input switch hop-chinh-phu --auto";

pub(super) const MEETING_ADD: &str = "Examples:
  headend meeting add 'Họp Chính phủ' --channel hop-chinh-phu --start '2026-12-01 08:00' --for 3h30m
  headend meeting add 'Chống bão' --channel hop-chinh-phu --start 14:00 --end 15:00 --class emergency
  headend meeting add 'Tập huấn' --channel tap-huan --start 08:00 --for 2h --record --dry-run";

pub(super) const MEETING_LIST: &str = "Examples:
  headend meeting list
  headend meeting list --channel hop-chinh-phu --from '2026-12-01 00:00'
  headend meeting list --all --output json";

pub(super) const MEETING_SHOW: &str = "Examples:
  headend meeting show m12";

pub(super) const MEETING_CHANGE: &str = "Examples:
  headend meeting change m12 --start '2026-12-01 09:00'
  headend meeting change m12 --for 4h --class priority
  headend meeting change m12 --title 'Họp Chính phủ tháng 12' --dry-run";

pub(super) const MEETING_CANCEL: &str = "Examples:
  headend meeting cancel m12
  headend meeting cancel m12 --yes";

pub(super) const MEETING_IMPORT: &str = "Exit codes: 0 all taken, 1 something was refused.

Examples:
  headend meeting import lich-hop.ics --channel hop-chinh-phu --dry-run
  headend meeting import lich-hop.ics --channel hop-chinh-phu";

pub(super) const MEETING_EXPORT: &str = "Examples:
  headend meeting export > lich-hop.ics
  headend meeting export --channel hop-chinh-phu > lich-hop.ics
  headend meeting export --all > lich-hop.ics";

pub(super) const RECORD_LIST: &str = "Examples:
  headend record list
  headend record list --output json";

pub(super) const RECORD_START: &str = "Examples:
  headend record start hop-chinh-phu
  headend record start hop-chinh-phu --title 'Họp đột xuất'";

pub(super) const RECORD_STOP: &str = "Examples:
  headend record stop hop-chinh-phu";

pub(super) const RECORD_DELETE: &str = "Examples:
  headend record delete hop-chinh-phu-20261201080000 --yes";

pub(super) const INCIDENT_ACK: &str = "Examples:
  headend incident ack hop-chinh-phu-1795344386416-1 --by Lan";

pub(super) const INCIDENT_UNACK: &str = "Examples:
  headend incident unack hop-chinh-phu-1795344386416-1";

pub(super) const COMPLETIONS: &str = "Examples:
  headend completions bash > /etc/bash_completion.d/headend
  headend completions fish > ~/.config/fish/completions/headend.fish";

pub(super) const MAN: &str = "Examples:
  headend man | man -l -
  headend man --dir /usr/local/share/man/man1";

/// The command with the help of `language`.
pub(super) fn in_language(command: Command, language: Language) -> Command {
    match language {
        Language::English => command,
        Language::Vietnamese => translated(command, ""),
    }
}

fn translated(command: Command, path: &str) -> Command {
    let name = command.get_name().to_owned();
    let path = format!("{path} {name}");
    let mut command = command;
    if let Some(text) = vietnamese(path.trim()) {
        command = command.about(text).long_about(text);
    }
    let arguments: Vec<_> = command
        .get_arguments()
        .map(|a| a.get_id().clone())
        .collect();
    for id in arguments {
        if let Some(text) =
            vietnamese(&format!("{} --{id}", path.trim())).or_else(|| vietnamese(id.as_str()))
        {
            command = command.mut_arg(&id, |argument| argument.help(text).long_help(text));
        }
    }
    let names: Vec<String> = command
        .get_subcommands()
        .map(|c| c.get_name().to_owned())
        .collect();
    for name in names {
        command = command.mut_subcommand(name, |below| translated(below, &path));
    }
    command
}

fn vietnamese(what: &str) -> Option<&'static str> {
    VIETNAMESE
        .iter()
        .find(|(name, _)| *name == what)
        .map(|(_, text)| *text)
}

/// By the command's whole name, or the argument's name where it means the same everywhere.
const VIETNAMESE: &[(&str, &str)] = &[
    (
        "headend",
        "Trạm phát IPTV một chiều: nhận một nguồn, phát MPEG-TS multicast và HLS",
    ),
    (
        "headend demo",
        "Chạy một nút với hình thử: multicast trên máy này, HLS và trình phát",
    ),
    (
        "headend run",
        "Chạy nút cho đến khi được báo dừng; SIGHUP đọc lại cấu hình",
    ),
    ("headend config", "Kiểm tra, xem và giải thích cấu hình"),
    (
        "headend config check",
        "In mọi lỗi của một tệp: 0 tốt, 1 cảnh báo, 2 lỗi, 3 không đọc được",
    ),
    ("headend config example", "In một tệp có đủ mọi khóa"),
    (
        "headend config schema",
        "In JSON schema, dùng cho trình soạn thảo",
    ),
    ("headend config explain", "Giải thích một khóa"),
    (
        "headend config diff",
        "In những gì sẽ thay đổi trên nút đang chạy nếu đọc lại cấu hình",
    ),
    (
        "headend config reload",
        "Cho nút đang chạy đọc lại cấu hình",
    ),
    ("headend channel", "Các kênh của một nút"),
    ("headend channel list", "Liệt kê các kênh"),
    ("headend channel show", "Xem đầy đủ một kênh"),
    ("headend channel start", "Khởi động một kênh"),
    ("headend channel stop", "Dừng một kênh; hỏi trước"),
    (
        "headend channel add",
        "Thêm các kênh trong một tệp; còn giữ khi nút khởi động lại",
    ),
    (
        "headend channel add --file",
        "Tệp cấu hình có các kênh cần thêm; - là stdin",
    ),
    ("headend channel remove", "Xóa một kênh đã thêm; hỏi trước"),
    (
        "headend why",
        "Nói điều gì sai, ở đâu, từ lúc nào, vì sao biết, và cần làm gì",
    ),
    (
        "headend preflight",
        "Kiểm tra mọi điều phải đúng trước cuộc họp",
    ),
    ("channel", "Chỉ kênh này"),
    (
        "quick",
        "Mười giây: không giữ nhóm multicast, không chờ truy vấn IGMP",
    ),
    (
        "hold",
        "Giữ mỗi nhóm multicast trong bao lâu [mặc định: khoảng truy vấn và thêm 300s]",
    ),
    (
        "query_interval",
        "Mạng này bao lâu truy vấn thành viên một lần",
    ),
    (
        "headend preflight --interface",
        "Nơi tham gia các nhóm [mặc định: giao diện của đầu ra]",
    ),
    (
        "drill",
        "Chuyển sang từng đầu vào dự phòng rồi trả lại; hỏi trước",
    ),
    (
        "report",
        "Ghi báo cáo có chữ ký: .html, .json, hoặc văn bản",
    ),
    ("operator", "Tên trong báo cáo [mặc định: tên đăng nhập]"),
    (
        "verify",
        "Chỉ xem tệp báo cáo có còn nguyên như lúc ký: 0 nguyên, 2 đã sửa, 3 không có khóa",
    ),
    (
        "headend meeting",
        "Lịch họp: cuộc họp nào trên kênh nào, lúc nào",
    ),
    ("headend meeting add", "Thêm một cuộc họp"),
    (
        "headend meeting list",
        "Liệt kê các cuộc họp đang và sắp diễn ra",
    ),
    ("headend meeting show", "Xem đầy đủ một cuộc họp"),
    (
        "headend meeting change",
        "Sửa giờ, tên hoặc loại của một cuộc họp; hỏi trước khi cuộc họp đang diễn ra",
    ),
    ("headend meeting cancel", "Hủy một cuộc họp; hỏi trước"),
    (
        "headend meeting import",
        "Nhận các cuộc họp trong một tệp iCalendar; làm hai lần cũng như một",
    ),
    ("headend meeting export", "In lịch họp theo iCalendar"),
    (
        "headend meeting show --id",
        "Id của cuộc họp, như `headend meeting list` in ra",
    ),
    (
        "headend meeting change --id",
        "Id của cuộc họp, như `headend meeting list` in ra",
    ),
    (
        "headend meeting cancel --id",
        "Id của cuộc họp, như `headend meeting list` in ra",
    ),
    ("headend meeting add --channel", "Id của kênh"),
    ("headend meeting change --channel", "Kênh khác"),
    (
        "headend meeting import --channel",
        "Kênh của những cuộc họp không tự ghi kênh",
    ),
    ("headend meeting import --file", "Tệp iCalendar; - là stdin"),
    (
        "headend meeting import --dry_run",
        "Chỉ in những gì mới, sửa, giữ nguyên hoặc bị từ chối",
    ),
    (
        "headend meeting list --from",
        "Những cuộc họp kết thúc sau lúc này [mặc định: bây giờ]",
    ),
    ("all", "Cả những cuộc họp đã qua hoặc đã hủy"),
    ("title", "Tên cuộc họp"),
    (
        "headend meeting add --start",
        "Lúc bắt đầu: \"2026-12-01 08:00\", hoặc 08:00 hôm nay, theo giờ Việt Nam",
    ),
    (
        "start",
        "Lúc bắt đầu khác; thời lượng giữ nguyên nếu không có --end hay --for",
    ),
    ("end", "Lúc kết thúc"),
    ("lasts", "Kéo dài bao lâu: 3h30m"),
    (
        "class",
        "Loại: normal, priority, emergency; emergency được chiếm giờ của cuộc họp khác",
    ),
    ("originator", "Đơn vị phát"),
    ("record", "Có ghi lại"),
    ("note", "Ghi chú cho người vận hành và lịch phát"),
    (
        "headend record",
        "Bản ghi của các kênh: chỉ ghi khi có người bật",
    ),
    ("headend record list", "Liệt kê bản ghi, mới nhất trước"),
    (
        "headend record start",
        "Ghi một kênh từ bây giờ; người xem thấy là đang ghi",
    ),
    ("headend record stop", "Dừng ghi một kênh"),
    ("headend record delete", "Xóa hẳn một bản ghi"),
    (
        "headend record delete --id",
        "Id của bản ghi, như `headend record list` in ra",
    ),
    (
        "headend record start --title",
        "Nội dung [mặc định: tên kênh]",
    ),
    ("headend incident", "Ai đang xử lý một sự cố"),
    (
        "headend incident ack",
        "Nhận xử lý một sự cố: nó lùi ra sau những sự cố chưa ai nhận, cho đến khi nặng hơn",
    ),
    (
        "headend incident unack",
        "Trả lại một sự cố: không còn ai xử lý",
    ),
    (
        "headend incident ack --id",
        "Id của sự cố, như `headend why` in ra",
    ),
    (
        "headend incident unack --id",
        "Id của sự cố, như `headend why` in ra",
    ),
    ("by", "Tên người nhận xử lý, như bảng theo dõi sẽ hiện"),
    ("headend report", "Những gì sổ ghi lại về các sự cố"),
    ("headend report incidents", "Liệt kê sự cố, mới nhất trước"),
    ("headend report incident", "Xem trọn một sự cố"),
    (
        "headend soak",
        "Chạy một kênh nhiều giờ trên đường truyền có lỗi, và cho biết kết quả",
    ),
    ("headend soak --time", "Trong bao lâu: 60s, 30m, 12h"),
    (
        "schedule",
        "Các lỗi của đường truyền, thay cho các lỗi thường dùng",
    ),
    (
        "html",
        "In ra một trang để lưu hoặc in, với đồ thị của những phút trước và sau",
    ),
    (
        "headend report code",
        "Tra mã mà hội trường đọc trên màn hình: ở đó bị gì, và do phía nào",
    ),
    (
        "headend report code --code",
        "Mã trên màn hình của hội trường; chữ thường hay có dấu cách đều được",
    ),
    (
        "headend report meeting",
        "Xem đã phát những gì, sai ở đâu, và đạt yêu cầu trong bao lâu",
    ),
    (
        "headend report meeting --id",
        "Id của kênh, hoặc của một cuộc họp trong lịch",
    ),
    (
        "from",
        "Từ lúc: 2026-11-22T08:00:00+07:00, hoặc theo giờ máy này \"2026-11-22 08:00\" hay 08:00 [mặc định: lần phát gần nhất trong ngày]",
    ),
    ("to", "Đến lúc [mặc định: bây giờ]"),
    (
        "headend report meeting --html",
        "Ghi một trang để in vào tệp này",
    ),
    (
        "headend report meeting --csv",
        "Ghi một bảng tính vào tệp này",
    ),
    ("limit", "Nhiều nhất bấy nhiêu"),
    ("headend input", "Đầu vào nào của kênh được phát"),
    (
        "headend input switch",
        "Chọn đầu vào bằng tay, hoặc trả lại cho máy tự chọn",
    ),
    (
        "headend input switch --input",
        "Số của đầu vào, từ 0, như `headend channel show` liệt kê; nó được phát chừng nào còn tín hiệu",
    ),
    ("auto", "Trả việc chọn lại cho `[channel.failover]`"),
    ("headend channel watch", "In các sự kiện khi chúng xảy ra"),
    ("headend channel watch --id", "Chỉ kênh này"),
    ("headend probe", "Cho biết trong luồng có gì và sai ở đâu"),
    ("headend status", "Xem hiện trạng của nút trên một màn hình"),
    (
        "headend top",
        "Theo dõi nút, kênh có sự cố đứng trước; q để thoát",
    ),
    ("headend completions", "In phần tự điền lệnh cho một shell"),
    (
        "headend man",
        "In trang hướng dẫn của headend, hoặc ghi trang của mọi lệnh",
    ),
    (
        "headend man --dir",
        "Ghi mỗi lệnh một trang vào thư mục này",
    ),
    (
        "config",
        "Tệp cấu hình [mặc định: ./headend.toml, rồi /etc/headend/headend.toml]",
    ),
    (
        "node",
        "Nút cần nói chuyện: http(s)://HOST:PORT [mặc định: socket trong thư mục trạng thái]",
    ),
    (
        "ca",
        "Tệp PEM của nơi ký chứng chỉ của nút https:// [mặc định: nơi máy này tin]",
    ),
    ("output", "Cách in dữ liệu"),
    (
        "url",
        "Đầu vào như trong cấu hình, một tệp, hoặc - là stdin",
    ),
    (
        "time",
        "Xem trong bao lâu; tệp thì đọc hết, nhanh nhất có thể",
    ),
    ("interface", "Nơi tham gia nhóm multicast"),
    ("source", "Chỉ nhận từ bên gửi này"),
    (
        "program",
        "Chương trình cần xét hình và tiếng [mặc định: chương trình đầu tiên có hình hoặc tiếng]",
    ),
    ("passphrase_file", "Tệp chứa mật khẩu SRT"),
    (
        "rules",
        "Xét danh sách phát HLS tại URL theo các quy tắc R01 đến R73, trong thời gian --for; mã thoát 1 khi một quy tắc bắt buộc bị vi phạm",
    ),
    (
        "port",
        "Cổng của trình phát [mặc định: cổng trống đầu tiên từ 8080]",
    ),
    ("listen", "Các địa chỉ HTTP, thay cho [http] listen"),
    ("name", "Tên của nút, thay cho [node] name"),
    ("state_dir", "Thư mục trạng thái, thay cho [node] state-dir"),
    ("file", "Tệp [mặc định: như --config]"),
    ("key", "Ví dụ channel.output.dscp"),
    ("dry_run", "Chỉ in những gì sẽ khác"),
    ("yes", "Không hỏi"),
    ("id", "Id của kênh"),
    ("shell", "bash, zsh, fish, …"),
    ("help", "In trợ giúp"),
    ("version", "In phiên bản"),
];

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn each(command: &Command, path: &str, see: &mut impl FnMut(&str, &Command)) {
        let path = format!("{path} {}", command.get_name());
        see(path.trim(), command);
        for below in command.get_subcommands().filter(|c| !c.is_hide_set()) {
            each(below, &path, see);
        }
    }

    #[test]
    fn every_command_and_argument_has_its_help_in_both_languages() {
        let english = super::super::Cli::command();
        each(&english, "", &mut |path, command| {
            assert!(command.get_about().is_some(), "{path}");
            assert!(vietnamese(path).is_some(), "{path}");
            for argument in command.get_arguments() {
                let id = argument.get_id();
                let own = vietnamese(&format!("{path} --{id}"));
                assert!(
                    own.or_else(|| vietnamese(id.as_str())).is_some(),
                    "{path} --{id}"
                );
                assert!(argument.get_help().is_some(), "{path} --{id}");
            }
            let is_group = command.has_subcommands();
            assert!(
                is_group || command.get_after_help().is_some(),
                "{path} has no example"
            );
        });
        super::super::Cli::command().debug_assert();
        in_language(super::super::Cli::command(), Language::Vietnamese).debug_assert();
    }
}
