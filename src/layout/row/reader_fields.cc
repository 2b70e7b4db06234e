#include "layout/row/reader_fields.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "layout/row/source.h"
#include "value/document.h"
#include "value/pool_in_use.h"

namespace octavo::layout {
namespace {

// About what an entry of an index takes in the store.
constexpr std::size_t kEntryBytes = 32;

}  // namespace

ReaderFields::ReaderFields(Given given, exec::QueryContext& query)
    : given_(std::move(given)),
      query_(query),
      own_(given_.fields, query.evaluation.account),
      read_again_(query.evaluation.account) {}

void ReaderFields::keep_documents(bool keep) {
  keeps_ = keep;
  if (parts_ != nullptr) parts_->keep_documents(keep);
}

Result<std::size_t> ReaderFields::next(std::size_t max_rows) {
  if (parts_ == nullptr && is_time_to_part()) TRY_STATUS(part());
  return parts_ != nullptr ? next_of_parts() : next_alone(max_rows);
}

Result<std::size_t> ReaderFields::next_alone(std::size_t max_rows) {
  if (!read_) return fail(of_table(read_.error(), *given_.table));
  FieldSink& sink = own_.sink;
  sink.clear(keeps_);
  const std::int64_t began_ns = helpers_ == nullptr ? 0 : system_clock().monotonic_ns();
  read_ = given_.reader->read(max_rows, sink);
  if (helpers_ != nullptr) took_ns_ += system_clock().monotonic_ns() - began_ns;
  if (!read_ && sink.rows() == 0) return fail(of_table(read_.error(), *given_.table));
  if (sink.rows() > 0) sink.finish(own_.batch);
  rows_read_ += sink.rows();
  bytes_read_ += sink.bytes();
  return sink.rows();
}

// --- Parts ---

void ReaderFields::read_ahead() {
  Helpers* const helpers = helpers_of(query_.evaluation.pacer);
  // What others read is charged to the same pool.
  const bool is_charged = query_.evaluation.account == nullptr || value::pool_in_use() != nullptr;
  if (helpers != nullptr && helpers->most_helpers() > 0 && is_charged) helpers_ = helpers;
}

// Some keys may be more than many rows of a range: that is read for a while first.
bool ReaderFields::is_time_to_part() {
  if (helpers_ == nullptr || !read_) return false;
  if (rows_read_ > 0 && rows_read_ < given_.parting.first_rows) return false;
  const std::size_t pieces = given_.reader->pieces();
  const bool by_keys =
      rows_read_ == 0 && pieces >= 2 * std::min(given_.parting.keys, given_.parting.ranges);
  if (by_keys || (pieces == 1 && rows_read_ >= given_.parting.first_rows)) return true;
  if (pieces != 1) helpers_ = nullptr;
  return false;
}

Status ReaderFields::part() {
  Helpers& helpers = *std::exchange(helpers_, nullptr);
  value::Charge readers(query_.evaluation.account);
  if (!readers.add(PartedFields::most_parts(helpers) * kReaderBytes)) return {};
  index::ScanRest rest = given_.reader->rest();
  of_entries_ = rest.family == kv::Family::index;
  const std::uint64_t part_bytes = bytes_of_part();
  PartCutter cutter(std::move(rest), given_.again.view(), given_.parting);
  if (!cutter.is_worth_it(part_bytes)) {
    given_.reader = given_.again.read_rest(std::move(cutter).rest());
    return {};
  }
  given_.reader = nullptr;
  parts_ = std::make_unique<PartedFields>(PartedFields::Given{.table = given_.again,
                                                              .fields = given_.fields,
                                                              .account = query_.evaluation.account,
                                                              .helpers = helpers,
                                                              .options = given_.parting},
                                          std::move(cutter), part_bytes, std::move(readers));
  parts_->keep_documents(keeps_);
  return {};
}

// By what was read: as many as take the time of a part.
std::uint64_t ReaderFields::bytes_of_part() const {
  if (given_.parting.part_bytes != 0) return given_.parting.part_bytes;
  const std::size_t bytes = of_entries_ ? rows_read_ * kEntryBytes : bytes_read_;
  if (took_ns_ <= 0) return PartedFields::kLeastPartBytes;
  const auto wanted = static_cast<std::uint64_t>(static_cast<double>(bytes) *
                                                 static_cast<double>(given_.parting.part_ns) /
                                                 static_cast<double>(took_ns_));
  return std::clamp(wanted, PartedFields::kLeastPartBytes, PartedFields::kMostPartBytes);
}

Result<std::size_t> ReaderFields::next_of_parts() {
  auto next = parts_->next();
  if (!next) return fail(of_table(std::move(next).error(), *given_.table));
  if (*next == nullptr) return 0U;
  rows_ = *next;
  return rows_->sink.rows();
}

// --- Whole documents ---

Result<std::vector<value::Value>> ReaderFields::documents(std::span<const std::uint16_t> rows) {
  const FieldSink& sink = rows_->sink;
  std::vector<value::Value> out;
  out.reserve(rows.size());
  if (!sink.keeps_documents()) {
    std::vector<BytesView> keys;
    keys.reserve(rows.size());
    for (const std::uint16_t row : rows) keys.push_back(sink.row_key(row));
    const Status read = given_.again.read_rows(keys, tier(query_), out);
    if (!read) return fail(of_table(read.error(), *given_.table));
    return out;
  }
  for (const std::uint16_t row : rows) {
    auto document = value::decode_document(sink.document(row));
    if (!document) {
      return fail(of_table(
          index::unreadable_row(txn::primary_key_of(sink.row_key(row)), document.error().what),
          *given_.table));
    }
    out.push_back(*std::move(document));
  }
  return out;
}

Result<BytesView> ReaderFields::encoded(std::uint16_t row) {
  const FieldSink& sink = rows_->sink;
  if (sink.keeps_documents()) return sink.document(row);
  read_again_.clear();
  const BytesView key = sink.row_key(row);
  const Status read = given_.again.read_rows(std::span(&key, 1), tier(query_), read_again_);
  if (!read) return fail(of_table(read.error(), *given_.table));
  return read_again_.document(0);
}

}  // namespace octavo::layout
