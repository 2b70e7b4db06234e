#include "protocol/mysql/prepared.h"

namespace octavo::mysql {
namespace {

// What a statement takes, about: its text, and a tree that is some times as large.
std::size_t bytes_of(const Prepared& prepared) {
  constexpr std::size_t kFixedBytes = 1024;
  constexpr std::size_t kBytesPerLetter = 8;
  return kFixedBytes + prepared.text.size() * kBytesPerLetter;
}

std::unexpected<Error> too_long() {
  return fail(Error{
      .code = Code::out_of_range,
      .what = "Parameter of prepared statement which is set through mysql_send_long_data() is "
              "longer than 'max_allowed_packet' bytes",
      .number = 1105});
}

}  // namespace

std::uint32_t PreparedStatements::add(std::string text,
                                      std::unique_ptr<PreparedStatement> statement) {
  if (!all_.take()) return 0;
  do {
    ++last_id_;
  } while (last_id_ == 0 || by_id_.contains(last_id_));
  Prepared& prepared = by_id_[last_id_];
  prepared.text = std::move(text);
  prepared.statement = std::move(statement);
  held_ += bytes_of(prepared);
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
  held_ -= bytes_of(found->second);
  by_id_.erase(found);
  all_.give_back();
}

void PreparedStatements::clear() {
  while (!by_id_.empty()) close(by_id_.begin()->first);
  last_id_ = 0;
}

void PreparedStatements::append(Prepared& prepared, std::uint16_t parameter, BytesView piece,
                                std::size_t limit) {
  if (prepared.fault) return;
  if (parameter >= prepared.statement->parameters().size()) {
    prepared.fault = sql::error<1210>("mysqld_stmt_send_long_data").error();
    return;
  }
  if (prepared.long_bytes + piece.size() > limit) {
    forget_sent(prepared);
    prepared.fault = too_long().error();
    return;
  }
  prepared.long_data[parameter].append(piece);
  prepared.long_bytes += piece.size();
  held_ += piece.size();
}

void PreparedStatements::forget_sent(Prepared& prepared) {
  held_ -= std::exchange(prepared.long_bytes, 0);
  LongData().swap(prepared.long_data);
  prepared.fault.reset();
}

}  // namespace octavo::mysql
