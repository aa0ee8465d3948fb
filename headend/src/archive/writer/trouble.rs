//! What is wrong with the disk, in a sentence.

use std::time::Duration;

use crate::cause::Text;

pub(super) fn refused(error: &std::io::Error) -> Text {
    Text::new(
        format!("the archive cannot be written: {error}"),
        format!("hệ thống báo: {error}"),
    )
}

pub(super) fn slow(took: Duration) -> Text {
    let seconds = took.as_secs();
    Text::new(
        format!("the disk took {seconds} s and more for one segment of the archive"),
        format!("đĩa mất hơn {seconds} giây để ghi một đoạn"),
    )
}

pub(super) fn behind() -> Text {
    Text::new(
        "the disk is behind by all that may wait for it: segments of the archive are lost",
        "đĩa ghi không kịp: các đoạn của kho lưu bị mất",
    )
}

pub(super) fn full() -> Text {
    Text::new(
        "recordings fill `[archive] quota`: nothing more is kept; delete some or allow more",
        "bản ghi đã đầy `[archive] quota`: không lưu thêm được; hãy xóa bớt hoặc cho thêm",
    )
}
