#include "protocol/mysql/prepared.h"

namespace octavo::mysql {

std::uint32_t PreparedStatements::add(std::unique_ptr<PreparedStatement> statement) {
  if (!all_.take()) return 0;
  do {
    ++last_id_;
  } while (last_id_ == 0 || by_id_.contains(last_id_));
  by_id_[last_id_].statement = std::move(statement);
  return last_id_;
}

Prepared* PreparedStatements::find(std::uint32_t id) {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &found->second;
}

void PreparedStatements::close(std::uint32_t id) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  forget_sent(found->second);
  by_id_.erase(found);
  all_.give_back();
}

void PreparedStatements::clear() {
  while (!by_id_.empty()) close(by_id_.begin()->first);
  last_id_ = 0;
}

void PreparedStatements::append(Prepared& prepared, std::uint16_t parameter, BytesView piece,
                                std::size_t limit) {
  if (prepared.too_long) return;
  if (prepared.long_bytes + piece.size() > limit) {
    forget_sent(prepared);
    prepared.too_long = true;
    return;
  }
  prepared.long_data[parameter].append(piece);
  prepared.long_bytes += piece.size();
  long_bytes_ += piece.size();
}

void PreparedStatements::forget_sent(Prepared& prepared) {
  long_bytes_ -= std::exchange(prepared.long_bytes, 0);
  LongData().swap(prepared.long_data);
  prepared.too_long = false;
}

}  // namespace octavo::mysql
