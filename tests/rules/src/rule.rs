//! The rules, each under its id.

/// A rule of the list.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// 34 for R34.
    pub number: u8,
    /// The section of draft-pantos-hls-rfc8216bis-22.
    pub section: &'static str,
    /// Whether it takes two fetches or more to judge.
    pub over_time: bool,
    /// What it asks, in English.
    pub english: &'static str,
    /// The same in Vietnamese.
    pub vietnamese: &'static str,
}

impl Rule {
    /// The rule with this number.
    #[must_use]
    pub fn numbered(number: u8) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.number == number)
    }

    /// `R05`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("R{:02}", self.number)
    }
}

const fn rule(
    (number, section): (u8, &'static str),
    over_time: bool,
    english: &'static str,
    vietnamese: &'static str,
) -> Rule {
    Rule {
        number,
        section,
        over_time,
        english,
        vietnamese,
    }
}

const ONE: bool = false;
const TIME: bool = true;

/// All of them, in order.
pub static RULES: [Rule; 60] = [
    rule(
        (1, "4"),
        ONE,
        "a playlist is known by its path (.m3u8, .m3u) or by its Content-Type",
        "danh sách phát nhận ra được qua đường dẫn (.m3u8, .m3u) hoặc Content-Type",
    ),
    rule(
        (2, "4.1"),
        ONE,
        "UTF-8 without a byte order mark, normalised (NFC), without control characters",
        "UTF-8, không có BOM, chuẩn hóa NFC, không có ký tự điều khiển",
    ),
    rule(
        (3, "4.1"),
        ONE,
        "every line ends with LF or CRLF, and has no whitespace that is not asked for",
        "mỗi dòng kết thúc bằng LF hoặc CRLF và không có khoảng trắng thừa",
    ),
    rule(
        (4, "4.2"),
        ONE,
        "tags and attribute lists are as the grammar says, values of their type",
        "thẻ và danh sách thuộc tính đúng ngữ pháp, giá trị đúng kiểu",
    ),
    rule(
        (5, "4.4.1.1"),
        ONE,
        "EXTM3U is the first line",
        "EXTM3U là dòng đầu",
    ),
    rule(
        (6, "4.4.1.2"),
        ONE,
        "one EXT-X-VERSION at most, and one where anything above version 1 is used",
        "nhiều nhất một EXT-X-VERSION, và phải có khi dùng gì đó trên phiên bản 1",
    ),
    rule(
        (7, "8"),
        ONE,
        "EXT-X-VERSION is as high as what is used asks",
        "EXT-X-VERSION đủ cao cho những gì được dùng",
    ),
    rule(
        (8, "4.4.2"),
        ONE,
        "EXT-X-INDEPENDENT-SEGMENTS and EXT-X-START come once at most",
        "EXT-X-INDEPENDENT-SEGMENTS và EXT-X-START nhiều nhất một lần",
    ),
    rule(
        (9, "4.4.3"),
        ONE,
        "no media playlist tag twice; no media tag in a multivariant playlist, nor the reverse",
        "không lặp thẻ của danh sách media; không lẫn thẻ media với thẻ multivariant",
    ),
    rule(
        (10, "4.4.3.1"),
        ONE,
        "EXT-X-TARGETDURATION is there, and no rounded EXTINF is longer",
        "có EXT-X-TARGETDURATION, và không EXTINF nào sau khi làm tròn dài hơn",
    ),
    rule(
        (11, "4.4.3.2"),
        ONE,
        "sequence numbers stand before the first segment and the first EXT-X-DISCONTINUITY",
        "số thứ tự đứng trước đoạn đầu và EXT-X-DISCONTINUITY đầu",
    ),
    rule(
        (12, "4.4.4.1"),
        ONE,
        "every segment has its EXTINF; a byte range without offset follows one of the same resource",
        "mỗi đoạn có EXTINF; byte range không có offset phải theo sau một phần của cùng tài nguyên",
    ),
    rule(
        (13, "4.4.4.3"),
        ONE,
        "EXT-X-DISCONTINUITY where the format or the tracks change",
        "có EXT-X-DISCONTINUITY khi định dạng hoặc các track thay đổi",
    ),
    rule(
        (14, "4.4.4.4"),
        ONE,
        "EXT-X-KEY has what its METHOD needs, and nothing that it forbids",
        "EXT-X-KEY có đủ thứ METHOD cần và không có thứ bị cấm",
    ),
    rule(
        (15, "4.4.4.8"),
        ONE,
        "EXT-X-BITRATE is within 10 % of the segment's own rate",
        "EXT-X-BITRATE lệch không quá 10 % tốc độ thật của đoạn",
    ),
    rule(
        (16, "4.4.4.6"),
        ONE,
        "EXT-X-PROGRAM-DATE-TIME is a date and time of ISO 8601",
        "EXT-X-PROGRAM-DATE-TIME theo ISO 8601",
    ),
    rule(
        (20, "3"),
        ONE,
        "each segment continues the one before: time stamps and continuity counters run on",
        "mỗi đoạn nối tiếp đoạn trước: dấu thời gian và bộ đếm liên tục",
    ),
    rule(
        (21, "3.1.1"),
        ONE,
        "a TS segment has one programme, a PAT and a PMT (first, if possible)",
        "đoạn TS có đúng một chương trình, có PAT và PMT (nên đứng đầu)",
    ),
    rule(
        (22, "3.1.2"),
        ONE,
        "fragments: ftyp iso6 or later, moov with mvex and no duration, tfdt in each traf, offsets from the moof, EXT-X-MAP",
        "fMP4: ftyp từ iso6, moov có mvex và không có độ dài, mỗi traf có tfdt, offset tính từ moof, có EXT-X-MAP",
    ),
    rule(
        (23, "3.1.3"),
        ONE,
        "packed audio begins with its time stamp in an ID3 PRIV frame of 33 bits",
        "âm thanh gói bắt đầu bằng dấu thời gian 33 bit trong khung ID3 PRIV",
    ),
    rule(
        (24, "3"),
        ONE,
        "each segment of picture begins with an IDR picture",
        "mỗi đoạn hình bắt đầu bằng ảnh IDR",
    ),
    rule(
        (30, "6.2.1"),
        TIME,
        "a playlist is changed at one stroke: no answer is cut off",
        "danh sách phát đổi nguyên khối: không có trả lời bị cắt",
    ),
    rule(
        (31, "6.2.1"),
        TIME,
        "a playlist changes by appending, by removing from the front, by ENDLIST alone",
        "danh sách phát chỉ thay đổi bằng nối thêm, bỏ ở đầu, hoặc ENDLIST",
    ),
    rule(
        (32, "6.2.1"),
        TIME,
        "EXT-X-TARGETDURATION never changes",
        "EXT-X-TARGETDURATION không bao giờ đổi",
    ),
    rule(
        (33, "6.2.1"),
        TIME,
        "a new segment within 1.5 target durations",
        "có đoạn mới trong vòng 1,5 target duration",
    ),
    rule(
        (34, "6.2.2"),
        TIME,
        "EXT-X-MEDIA-SEQUENCE goes up by one for each removed segment, never down",
        "EXT-X-MEDIA-SEQUENCE tăng một cho mỗi đoạn bị bỏ, không bao giờ giảm",
    ),
    rule(
        (35, "6.2.2"),
        TIME,
        "EXT-X-DISCONTINUITY-SEQUENCE goes up by one for each removed EXT-X-DISCONTINUITY, never down",
        "EXT-X-DISCONTINUITY-SEQUENCE tăng một cho mỗi EXT-X-DISCONTINUITY bị bỏ, không bao giờ giảm",
    ),
    rule(
        (36, "6.2.2"),
        TIME,
        "after a removal a playlist is still three target durations long",
        "sau khi bỏ đoạn, danh sách vẫn dài ít nhất ba target duration",
    ),
    rule(
        (37, "6.2.2"),
        TIME,
        "a removed segment can be fetched for its duration and the longest playlist's",
        "đoạn đã bỏ vẫn tải được trong thời gian của nó cộng danh sách dài nhất",
    ),
    rule(
        (38, "4.4.3.5"),
        ONE,
        "a playlist that slides has no EXT-X-PLAYLIST-TYPE",
        "danh sách trượt không có EXT-X-PLAYLIST-TYPE",
    ),
    rule(
        (39, "6.2.1"),
        TIME,
        "every listed segment can be fetched at once, unless EXT-X-GAP",
        "mọi đoạn trong danh sách tải được ngay, trừ EXT-X-GAP",
    ),
    rule(
        (40, "6.2.1"),
        TIME,
        "one URI has one content, one media sequence number one URI",
        "một URI một nội dung, một số thứ tự một URI",
    ),
    rule(
        (41, "6.2.1"),
        ONE,
        "no two segments claim the same wall time; a date at each discontinuity",
        "không hai đoạn nào trùng giờ; mỗi chỗ gián đoạn có ngày giờ",
    ),
    rule(
        (42, "6.2.3"),
        TIME,
        "EXT-X-KEY stays while it applies; what it says is encrypted is, and what not is not",
        "EXT-X-KEY giữ nguyên khi còn hiệu lực; đoạn mã hóa đúng như đã nói",
    ),
    rule(
        (43, "4.4.5.1"),
        TIME,
        "no EXT-X-DATERANGE ID means two things, none goes while its time is listed",
        "ID của EXT-X-DATERANGE chỉ có một nghĩa, không mất khi còn hiệu lực",
    ),
    rule(
        (44, "6.2.2"),
        TIME,
        "a presentation that is gone answers 404 or 410, and its segments live on for the playlist's duration",
        "nội dung đã hết trả lời 404 hoặc 410, các đoạn còn tải được trong thời gian của danh sách",
    ),
    rule(
        (45, "6.2.1"),
        ONE,
        "playlists go out with gzip to who takes it",
        "danh sách phát được nén gzip khi máy khách nhận",
    ),
    rule(
        (46, "6.2.2"),
        ONE,
        "Cache-Control or Expires says how long an answer holds",
        "Cache-Control hoặc Expires cho biết trả lời còn giá trị bao lâu",
    ),
    rule(
        (50, "6.2.4"),
        TIME,
        "variants and renditions have the same content: the same time, the same end",
        "các luồng có cùng nội dung: cùng thời gian, cùng kết thúc",
    ),
    rule(
        (51, "6.2.4"),
        TIME,
        "variants and renditions have matching time stamps",
        "các luồng có dấu thời gian khớp nhau",
    ),
    rule(
        (52, "6.2.4"),
        TIME,
        "variants and renditions have matching discontinuity sequence numbers",
        "các luồng có số gián đoạn khớp nhau",
    ),
    rule(
        (53, "6.2.4"),
        ONE,
        "variants and renditions have one target duration",
        "các luồng có cùng target duration",
    ),
    rule(
        (54, "4.4.3.8"),
        ONE,
        "all playlists have the same EXT-X-SERVER-CONTROL",
        "mọi danh sách có cùng EXT-X-SERVER-CONTROL",
    ),
    rule(
        (55, "6.2.4"),
        TIME,
        "dates in all playlists or in none, with one mapping to time stamps",
        "tất cả hoặc không danh sách nào có ngày giờ, ánh xạ thống nhất với dấu thời gian",
    ),
    rule(
        (56, "4.4.6.2"),
        ONE,
        "CODECS names every format of the variant",
        "CODECS kể đủ mọi định dạng",
    ),
    rule(
        (57, "6.2.4"),
        TIME,
        "what one playlist has alone is at its ends, and no longer than a target duration",
        "phần chỉ một luồng có nằm ở hai đầu và không dài quá một target duration",
    ),
    rule(
        (60, "4.4.3.7"),
        ONE,
        "EXT-X-PART needs EXT-X-PART-INF with PART-TARGET, and that needs PART-HOLD-BACK",
        "EXT-X-PART cần EXT-X-PART-INF có PART-TARGET, và cần PART-HOLD-BACK",
    ),
    rule(
        (61, "4.4.3.8"),
        ONE,
        "PART-HOLD-BACK is 2 part targets at least (3 are better), HOLD-BACK 3 and CAN-SKIP-UNTIL 6 target durations",
        "PART-HOLD-BACK ít nhất 2 part target (nên 3), HOLD-BACK 3 và CAN-SKIP-UNTIL 6 target duration",
    ),
    rule(
        (62, "4.4.4.9"),
        ONE,
        "no part is longer than PART-TARGET, nor shorter than 85 % of it but where it may be",
        "part không dài hơn PART-TARGET, không ngắn hơn 85 % trừ nơi cho phép",
    ),
    rule(
        (63, "4.4.4.9"),
        ONE,
        "what applies to a segment stands before its first part; its parts are the segment",
        "thẻ của đoạn đứng trước part đầu; các part ghép lại đúng là đoạn",
    ),
    rule(
        (64, "6.2.1"),
        TIME,
        "a new part within a part target",
        "có part mới trong vòng một part target",
    ),
    rule(
        (65, "6.2.2"),
        TIME,
        "parts are removed in order, not nearer the end than 3 target durations, and can be fetched so long",
        "part bị bỏ theo thứ tự, cách cuối ít nhất 3 target duration, và vẫn tải được chừng ấy",
    ),
    rule(
        (66, "6.2.5.2"),
        TIME,
        "_HLS_msn and _HLS_part are answered when what they name is there",
        "_HLS_msn và _HLS_part chỉ được trả lời khi đã có thứ được hỏi",
    ),
    rule(
        (67, "6.2.5.2"),
        TIME,
        "_HLS_part alone, and what is too far ahead, is answered with 400",
        "_HLS_part đứng một mình, hoặc hỏi quá xa, được trả lời 400",
    ),
    rule(
        (68, "6.2.5.2"),
        TIME,
        "who waits over 3 target durations gets 503; with ENDLIST nobody waits",
        "chờ quá 3 target duration thì nhận 503; có ENDLIST thì không chờ",
    ),
    rule(
        (69, "6.2.5.1"),
        TIME,
        "_HLS_skip gives a delta update where CAN-SKIP-UNTIL is said, and nowhere else",
        "_HLS_skip cho bản rút gọn khi có CAN-SKIP-UNTIL, và chỉ khi đó",
    ),
    rule(
        (70, "4.4.5.3"),
        TIME,
        "what EXT-X-PRELOAD-HINT names comes, and at the line's speed once it begins; one for a TYPE, none with ENDLIST",
        "thứ EXT-X-PRELOAD-HINT nêu sẽ đến, và khi bắt đầu thì đến hết tốc độ đường truyền; mỗi TYPE một cái, không có khi ENDLIST",
    ),
    rule(
        (71, "4.4.5.4"),
        TIME,
        "EXT-X-RENDITION-REPORT: one for each other rendition, relative, and true",
        "EXT-X-RENDITION-REPORT: mỗi luồng khác một cái, URI tương đối, và đúng",
    ),
    rule(
        (72, "B.1"),
        TIME,
        "low latency goes over HTTP/2 or HTTP/3, and its playlists are no part target apart",
        "độ trễ thấp chạy trên HTTP/2 hoặc HTTP/3, và các danh sách không lệch nhau quá một part target",
    ),
    rule(
        (73, "B.1"),
        ONE,
        "caches keep blocking answers 6 target durations, plain playlists half of one, segments 6; a 404 no longer than 4 and 1",
        "bộ đệm giữ trả lời chờ 6 target duration, danh sách thường nửa, đoạn 6; 404 không quá 4 và 1",
    ),
];
