#include "stream/change_source.h"

namespace octavo::stream {

ChangeSource::ChangeSource(std::shared_ptr<Feeds> feeds, TableId table, std::uint64_t queue_limit)
    : feeds_(std::move(feeds)),
      table_(table),
      queue_limit_(queue_limit),
      topic_(feeds_->topic(table)),
      position_(topic_->end()) {}

void ChangeSource::start_at(const Lsn& lsn, std::uint32_t index) {
  seen_lsn_ = lsn;
  seen_index_ = index;
}

Status ChangeSource::resume_at(const Lsn& lsn, std::uint32_t index) {
  TRY(history_, feeds_->history(table_, lsn));
  start_at(lsn, index);
  return {};
}

Result<ChangeSetPtr> ChangeSource::next_set() {
  if (history_ != nullptr) {
    TRY(auto set, history_->next());
    if (set != nullptr) return set;
    // What was committed while the log was being read is in the topic as well, and is skipped
    // there by its position.
    history_.reset();
  }
  return topic_->next(position_);
}

Result<ChangeSource::Step> ChangeSource::next() {
  if (history_ == nullptr && topic_->backlog(position_) > queue_limit_) {
    Step dropped;
    dropped.skipped =
        topic_->backlog(position_) + (set_ == nullptr ? 0 : set_->changes.size() - at_);
    ChangeSetPtr last;
    while (auto set = topic_->next(position_)) last = std::move(set);
    if (last != nullptr) start_at(last->lsn, kWholeRecord);
    set_.reset();
    return dropped;
  }
  for (;;) {
    while (set_ != nullptr && at_ < set_->changes.size()) {
      const RowChange& change = set_->changes[at_++];
      if (set_->lsn < seen_lsn_) break;
      if (set_->lsn == seen_lsn_ && change.index < seen_index_) continue;
      start_at(set_->lsn, change.index + 1);
      return Step{&change, 0};
    }
    TRY(set_, next_set());
    at_ = 0;
    if (set_ == nullptr) {
      if (const auto reason = topic_->closed()) return fail(*reason);
      return Step{};
    }
  }
}

void ChangeSource::wait(Wake wake) { topic_->wait(position_, std::move(wake)); }

Cursor ChangeSource::cursor() const { return Cursor{LsnVector{{seen_lsn_}}, seen_index_}; }

}  // namespace octavo::stream
