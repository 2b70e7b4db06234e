#include "stream/change_source.h"

namespace octavo::stream {

ChangeSource::ChangeSource(std::shared_ptr<Feeds> feeds, const algebra::Scan& scan,
                           std::uint64_t queue_limit)
    : feeds_(std::move(feeds)),
      table_(scan.table),
      topic_(feeds_->topic(scan.table)),
      interest_(topic_->interests(), scan),
      reader_(topic_, queue_limit) {}

void ChangeSource::start_at(const Lsn& lsn, std::uint32_t index) {
  seen_lsn_ = lsn;
  seen_index_ = index;
}

Status ChangeSource::resume_at(const Lsn& lsn, std::uint32_t index) {
  TRY(history_, feeds_->history(table_, lsn));
  // Taken after the topic was joined: what is committed later is in the topic.
  TRY(const auto now, feeds_->snapshot(table_, false));
  history_until_ = now.at;
  start_at(lsn, index);
  return {};
}

Status ChangeSource::next_set() {
  at_ = 0;
  while (history_ != nullptr) {
    TRY(set_, history_->next());
    if (set_ != nullptr || !history_->passed(history_until_)) return {};
    // What was committed while the log was being read is in the topic as well, and is skipped
    // there by its position. If the topic did not keep it all, the log has it.
    history_.reset();
    const auto dropped = reader_.take_dropped();
    if (dropped && !seen(dropped->lsn, dropped->index)) {
      TRY(history_, feeds_->history(table_, seen_lsn_));
      history_until_ = dropped->lsn;
    }
  }
  set_ = reader_.next(at_);
  return {};
}

Result<ChangeSource::Step> ChangeSource::next() {
  // What was committed before the end is there once the end is seen: it is looked for once more.
  bool ending = false;
  for (;;) {
    while (set_ != nullptr && at_ < set_->changes.size()) {
      const algebra::RowChange& change = set_->changes[at_++];
      if (seen(set_->lsn, change.index)) continue;
      start_at(set_->lsn, change.index + 1);
      return Step{&change, 0};
    }
    set_.reset();
    if (history_ == nullptr) {
      const auto dropped = reader_.take_dropped();
      // Not what the rows of a snapshot, or the log, had as well.
      if (dropped && !seen(dropped->lsn, dropped->index)) {
        start_at(dropped->lsn, dropped->index + 1);
        return Step{nullptr, dropped->changes};
      }
    }
    TRY_STATUS(next_set());
    if (set_ != nullptr) continue;
    Status end = ended();
    if (end) return Step{};
    if (std::exchange(ending, true)) return fail(std::move(end).error());
  }
}

bool ChangeSource::seen(const Lsn& lsn, std::uint32_t index) const {
  return lsn < seen_lsn_ || (lsn == seen_lsn_ && index < seen_index_);
}

Status ChangeSource::ended() const {
  if (const auto reason = topic_->closed()) return fail(*reason);
  return {};
}

void ChangeSource::wait(Wake wake) {
  const bool rest_of_set = set_ != nullptr && at_ < set_->changes.size();
  if (rest_of_set) return wake();
  if (history_ == nullptr) return reader_.wait(std::move(wake));
  if (history_->passed(history_until_)) return wake();
  history_->wait(std::move(wake));
}

Cursor ChangeSource::cursor() const { return Cursor{LsnVector{{seen_lsn_}}, seen_index_}; }

}  // namespace octavo::stream
