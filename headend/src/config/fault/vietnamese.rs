//! Faults in Vietnamese: what is wrong, and what to do.

use packager::protect::MatrixError;

use super::{Certificate, Form, HlsFault, Kind, Meaning, Merge, NoEffect, Url, Value, Webhook};

/// Of the form.
pub(super) fn form(fault: &Form) -> (String, String) {
    use Form as F;
    match fault {
        F::Unreadable { path, reason } => {
            only(format!("không đọc được {}: {reason}", path.display()))
        }
        F::TooLarge(limit) => both(
            format!("tệp lớn hơn {limit} byte"),
            "đây không phải là cấu hình của một nút",
        ),
        F::NotText => both("tệp không phải văn bản UTF-8", "hãy lưu tệp ở dạng UTF-8"),
        F::Syntax(words) => only(format!("sai cú pháp TOML: {words}")),
        F::UnknownKey { key, near, known } => both(
            format!("không có khóa `{key}`"),
            propose(near.as_deref(), known),
        ),
        F::MissingKey(key) => both(
            format!("thiếu `{key}`"),
            format!("hãy viết `{key} = …` ở đây"),
        ),
        F::MissingTables { key, tables } => both(
            format!("thiếu `{key}`"),
            format!(
                "hãy viết `[[{}]]` ở dưới, rồi `{} = …` sau dòng đó",
                tables.path, tables.first
            ),
        ),
        F::WrongType { want, got } => only(wrong_type(*want, *got)),
        F::NotTables { tables, got } => both(
            wrong_type(Kind::Tables, *got),
            format!(
                "thay bằng `[[{}]]` ở dưới, rồi `{} = …` sau dòng đó",
                tables.path, tables.first
            ),
        ),
        F::ListLength { low, high, got } => {
            only(format!("ở đây cần từ {low} đến {high} mục, đang có {got}"))
        }
    }
}

/// Of a value.
pub(super) fn value(fault: &Value) -> (String, String) {
    use Value as F;
    match fault {
        F::EmptyText => both("giá trị để trống", "hãy viết giá trị, hoặc bỏ khóa này"),
        F::LongText(limit) => only(format!("giá trị dài hơn {limit} ký tự")),
        F::ControlCharacter => both(
            "giá trị có ký tự điều khiển (xuống dòng, tab)",
            "hãy viết trên một dòng",
        ),
        F::Number { low, high } => only(format!("số phải từ {low} đến {high}")),
        F::NoUnit(proposal) => both("số không có đơn vị", format!("hãy viết đơn vị: {proposal}")),
        F::Rate(written) => both(
            format!("`{written}` không phải là tốc độ"),
            "hãy viết số bit mỗi giây với k, M hoặc G: \"6M\", \"800k\", \"2.5M\"",
        ),
        F::RateLimits { low, high } => only(format!("tốc độ phải từ {low} đến {high}")),
        F::Span(written) => both(
            format!("`{written}` không phải là khoảng thời gian"),
            "hãy viết với ms, s, m hoặc h: \"400ms\", \"2s\", \"1m\", \"4h\"",
        ),
        F::Size(written) => both(
            format!("`{written}` không phải là dung lượng"),
            "hãy viết với MiB, GiB hoặc TiB: \"500MiB\", \"50GiB\"",
        ),
        F::SpanLimits { low, high } => only(format!("khoảng thời gian phải từ {low} đến {high}")),
        F::Rung(written) => both(
            format!("`{written}` không phải là một bậc"),
            "hãy viết \"720p 1.5M\" (số dòng chẵn, 90p đến 2160p, từ 100k đến 50M) hoặc \"audio 64k\" (16k đến 320k)",
        ),
        F::Dscp(written) => both(
            format!("`{written}` không phải là DSCP"),
            "hãy viết ef, af11 đến af43, cs0 đến cs7, hoặc số từ 0 đến 63",
        ),
        F::Choice {
            written,
            near,
            known,
        } => both(
            format!("`{written}` không thuộc {known}"),
            propose(near.as_deref(), ""),
        ),
        F::ChannelId(written) => both(
            format!("`{written}` không dùng làm id được"),
            "hãy viết 1 đến 32 ký tự a đến z, 0 đến 9 và -; tên cho người xem ghi ở `name`",
        ),
        F::AllowedGroup(written) => both(
            format!("`{written}` không chỉ ra nhóm multicast nào"),
            "hãy viết \"239.1.0.0/16:5000\", \"239.1.0.1\" hoặc \"[ff15::/32]:5000\"",
        ),
        F::ListenAddress(written) => both(
            format!("`{written}` không phải là địa chỉ và cổng"),
            "hãy viết \"[::]:8080\" cho mọi địa chỉ, \"127.0.0.1:8080\" chỉ cho máy này",
        ),
        F::HostAddress(written) => both(
            format!("`{written}` không phải là địa chỉ"),
            "hãy viết bằng số: \"10.0.0.1\" hoặc \"2001:db8::1\"",
        ),
    }
}

/// Of a URL.
pub(super) fn url(fault: &Url) -> (String, String) {
    use Url as F;
    match fault {
        F::Scheme {
            written,
            near,
            known,
        } => both(
            format!("`{written}` không phải là loại URL dùng được ở đây"),
            propose(near.as_deref(), known),
        ),
        F::UrlAddress { written, example } => both(
            format!("`{written}` không phải là địa chỉ"),
            format!("hãy viết như {example}"),
        ),
        F::HostName(written) if written == "localhost" => both(
            "`localhost` là tên, ở đây cần địa chỉ",
            "hãy viết 127.0.0.1",
        ),
        F::HostName(written) => both(
            format!("`{written}` là tên, ở đây cần địa chỉ"),
            "hãy viết bằng số: kênh phải chạy được cả khi dịch vụ tên miền hỏng",
        ),
        F::Port(example) => both(
            "thiếu cổng hoặc cổng không thuộc 1 đến 65535",
            format!("hãy viết như {example}"),
        ),
        F::UrlPath(path) => both(
            format!("`{path}` không thuộc URL này"),
            "hãy kết thúc sau số cổng",
        ),
        F::NoPath(example) => both("URL thiếu đường dẫn", format!("hãy viết như {example}")),
        F::QueryKey {
            key,
            own: Some(own),
        } => both(
            format!("`{key}` không thuộc URL này"),
            format!("hãy viết khóa `{own}` trên một dòng riêng"),
        ),
        F::QueryKey { key, own: None } => both(format!("`{key}` không thuộc URL này"), "hãy bỏ đi"),
        F::UnknownQueryKey { key, near, known } => both(
            format!("không có `{key}` trong URL này"),
            propose(near.as_deref(), known),
        ),
        F::QueryValue { key, written, want } => both(
            format!("không hiểu `{key}={written}`"),
            format!("hãy viết {want}"),
        ),
        F::SecretInUrl { file: true } => both(
            "không bao giờ viết mật khẩu SRT trong URL",
            "hãy ghi vào một tệp chỉ người dùng của nút đọc được, và viết ở đây `passphrase-file = \"srt.key\"`",
        ),
        F::SecretInUrl { file: false } => both(
            "không bao giờ viết mật khẩu trong URL",
            "hãy để bên gửi chấp nhận nút này theo địa chỉ",
        ),
        F::SrtIpv6 => both(
            "SRT chỉ dùng địa chỉ IPv4",
            "hãy viết 0.0.0.0 để chờ, hoặc địa chỉ IPv4 của bên kia",
        ),
        F::SrtCallsNobody => both(
            "không gọi được ai ở địa chỉ này",
            "hãy viết mode=listener, hoặc địa chỉ của bên kia",
        ),
    }
}

/// Of the meaning.
pub(super) fn meaning(fault: &Meaning) -> (String, String) {
    use Meaning as F;
    match fault {
        F::Again { what, first } => both(format!("{what} đã có rồi"), format!("lần đầu ở {first}")),
        F::NoInterface(have) => both(
            "đầu ra multicast cần một giao diện mạng",
            format!("hãy viết `interface = …`; máy này có {have}"),
        ),
        F::UnknownInterface {
            written,
            near,
            known,
        } => both(
            format!("máy này không có giao diện mạng `{written}`"),
            propose(near.as_deref(), known),
        ),
        F::AnyInterface(have) => both(
            "hệ thống sẽ tự chọn nơi tham gia nhóm multicast này",
            format!("hãy viết `interface = …`; máy này có {have}"),
        ),
        F::SourceWithoutGroup => both(
            "`source` chỉ dùng cho nhóm multicast",
            "hãy bỏ đi, hoặc viết một nhóm trong `url`",
        ),
        F::OtherFamily => both("không trộn IPv4 với IPv6", "hãy viết cùng một dạng"),
        F::SourceIsGroup => both("một nhóm không thể gửi", "hãy viết địa chỉ của bên gửi"),
        F::NoEffect(NoEffect::InterfaceWithoutGroup) => both(
            "`interface` không có tác dụng khi không tham gia nhóm nào",
            "hãy bỏ đi; địa chỉ của máy này ghi trong `url`",
        ),
        F::Merge(fault) => merge(*fault),
        F::PassphraseWithoutSrt => both(
            "chỉ đầu vào srt:// mới có mật khẩu",
            "hãy bỏ `passphrase-file`",
        ),
        F::PassphraseLength(got) => both(
            format!("mật khẩu có {got} ký tự, SRT cần 10 đến 79"),
            "hãy chọn mật khẩu khác, ở cả hai bên",
        ),
        F::Webhook(fault) => webhook(fault),
        F::Certificate(fault) => certificate(fault),
        F::OpenSecret { path, mode } => both(
            format!("người khác đọc được {} (quyền {mode:04o})", path.display()),
            format!("chmod 600 {}", path.display()),
        ),
        F::FileMissing { path, reason } => {
            only(format!("hiện không đọc được {}: {reason}", path.display()))
        }
        F::RelativePath(path) => both(
            format!(
                "`{}` là đường dẫn tương đối, không rõ từ đâu",
                path.display()
            ),
            "hãy viết đường dẫn đầy đủ",
        ),
        F::Loop(way) => both(
            format!("cái đi ra lại đi vào: {way}"),
            "hãy viết một nhóm khác",
        ),
        F::Hls(fault) => hls(fault),
        F::TtlZero => both(
            "với `ttl = 0` không gì rời khỏi máy này",
            "hãy viết 1 cho mạng đầu tiên, 16 cho mạng có định tuyến",
        ),
    }
}

fn hls(fault: &HlsFault) -> (String, String) {
    use HlsFault as H;
    match fault {
        H::LongPart { segment } => only(format!("một phần không dài hơn phân đoạn, {segment}")),
        H::ShortWindow { least } => both(
            format!("cửa sổ phải chứa ba phân đoạn, {least}"),
            "chuẩn HLS (6.2.2) không cho danh sách trực tiếp ngắn hơn",
        ),
        H::RungOrder { above, written } => both(
            format!("`{written}` không thấp hơn `{above}`"),
            "hãy viết mỗi cỡ một lần, cỡ lớn nhất trước, mỗi bậc có tốc độ thấp hơn bậc trước, và `audio` cuối cùng",
        ),
    }
}

fn certificate(fault: &Certificate) -> (String, String) {
    use Certificate as C;
    match fault {
        C::Without { written, missing } => both(
            format!("có `{written}` mà không có `{missing}`"),
            "HTTPS cần đủ ba khóa: `tls-listen`, `certificate` và `key-file`",
        ),
        C::None(path) => both(
            format!("{} không có chứng chỉ dạng PEM", path.display()),
            "hãy chỉ tệp có cả chuỗi, chứng chỉ của nút đứng đầu (certbot: fullchain.pem); từ DER: `openssl x509 -inform der -in TỆP -out TỆP.pem`",
        ),
        C::Unfit { path, reason } => both(
            format!(
                "không hiểu được chứng chỉ trong {}: {reason}",
                path.display()
            ),
            "hãy xem bằng `openssl x509 -text -in TỆP`, rồi lấy lại tệp",
        ),
        C::NoKey(path) => both(
            format!("{} không có khóa riêng dạng PEM", path.display()),
            "hãy chỉ tệp khóa (certbot: privkey.pem); khóa có mật khẩu thì mở bằng `openssl pkey -in TỆP -out TỆP.pem`",
        ),
        C::UnfitKey(reason) => both(
            format!("không dùng được khóa này: {reason}"),
            "hãy tạo khóa RSA 2048 đến 8192 bit, hoặc P-256, P-384, Ed25519",
        ),
        C::OtherKey => both(
            "khóa này thuộc chứng chỉ khác",
            "hãy chỉ đúng cặp được tạo cùng nhau; `openssl x509 -noout -pubkey -in CHỨNG-CHỈ` và `openssl pkey -pubout -in KHÓA` phải in ra giống nhau",
        ),
        C::Ended(at) => both(
            format!("chứng chỉ đã hết hạn lúc {at}: trình duyệt từ chối"),
            "hãy gia hạn ngay (`certbot renew`); nút tự nhận tệp mới",
        ),
    }
}

fn webhook(fault: &Webhook) -> (String, String) {
    match fault {
        Webhook::Authority(reason) => both(
            format!("tệp không có nơi cấp chứng chỉ nào để tin: {reason}"),
            "hãy chỉ tệp PEM của nơi đã ký chứng chỉ của bên nhận",
        ),
        Webhook::Key => both(
            "tệp không chứa khóa: `whsec_` và base64 của 24 đến 64 byte, hoặc từ 16 ký tự trở lên",
            "hãy tạo bằng `openssl rand -base64 32`, dùng cho cả hai bên",
        ),
    }
}

fn merge(fault: Merge) -> (String, String) {
    match fault {
        Merge::UrlAndPaths => both(
            "một đầu vào có `url` hoặc `paths`, không có cả hai",
            "hãy viết địa chỉ của `url` thành một trong các `paths` và bỏ `url`",
        ),
        Merge::PathWithoutRtp => both(
            "chỉ ghép được các đường rtp://: giao thức khác không đánh số gói",
            "hãy để bên gửi dùng RTP, hoặc viết thêm một `[[channel.input]]`",
        ),
        Merge::FecWithoutRtp => both(
            "FEC chỉ đi cùng rtp://",
            "hãy viết rtp:// trong `url`, hoặc bỏ `fec`",
        ),
        Merge::FecPort => both(
            "FEC dùng cổng cộng 2 và cộng 4, mà các cổng này không tồn tại",
            "hãy chọn cổng từ 65531 trở xuống",
        ),
        Merge::FecMatrix(MatrixError::Columns) => both(
            "ma trận FEC có 1 đến 20 cột (`columns`), khi có `row-fec` là 4 đến 20",
            "ví dụ `columns = 10`",
        ),
        Merge::FecMatrix(MatrixError::Rows) => {
            both("ma trận FEC có 4 đến 20 hàng (`rows`)", "ví dụ `rows = 10`")
        }
        Merge::FecMatrix(MatrixError::Size) => both(
            "ma trận FEC có nhiều nhất 100 gói: `columns` nhân `rows`",
            "ví dụ 10 và 10, hoặc 20 và 5",
        ),
    }
}

fn wrong_type(want: Kind, got: Kind) -> String {
    format!("ở đây cần {}, nhưng đang là {}", kind(want), kind(got))
}

fn only(text: impl Into<String>) -> (String, String) {
    (text.into(), String::new())
}

fn both(text: impl Into<String>, help: impl Into<String>) -> (String, String) {
    (text.into(), help.into())
}

fn propose(near: Option<&str>, known: &str) -> String {
    match (near, known) {
        (Some(near), _) => format!("có phải là `{near}`?"),
        (None, "") => String::new(),
        (None, known) => format!("ở đây có: {known}"),
    }
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "văn bản trong ngoặc kép",
        Kind::Integer => "số nguyên",
        Kind::Float => "số có phần thập phân",
        Kind::Boolean => "true hoặc false",
        Kind::Date => "ngày giờ",
        Kind::List => "danh sách [ … ]",
        Kind::Table => "bảng",
        Kind::Tables => "danh sách bảng [[ … ]]",
    }
}
