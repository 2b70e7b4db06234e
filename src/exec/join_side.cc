#include "exec/join_side.h"

#include <algorithm>

#include "exec/accumulator.h"
#include "exec/plain_fields.h"
#include "value/document.h"
#include "value/order_key.h"

namespace octavo::exec {
namespace {

using value::Value;

class InputSide final : public JoinSide {
 public:
  InputSide(const algebra::Join& join, bool is_left, OperatorPtr input, QueryContext& query)
      : join_(join), is_left_(is_left), input_(std::move(input)), query_(query) {
    for (const auto& key : join.keys) {
      paths_.push_back(path_of_field(is_left ? key.left : key.right));
    }
  }

  Result<bool> next(std::size_t wanted, JoinRow& out) override {
    TRY_STATUS(query_.check());
    if (at_ == batch_.size()) {
      batch_.clear();
      at_ = 0;
      TRY_STATUS(read_);
      read_ = input_->next(std::min(wanted, kBatchRows), batch_);
      if (batch_.empty() && read_) return false;
      if (batch_.empty()) return fail(read_.error());
    }
    out.row = std::move(batch_[at_++]);
    out.found = out.may_match = false;
    TRY_STATUS(find_key(out));
    return true;
  }

 private:
  Status find_key(JoinRow& out) {
    out.key.clear();
    bool has_null = false;
    for (std::size_t i = 0; i < join_.keys.size() && (!has_null || join_.null_aware); ++i) {
      TRY(const Value* const part, find_part(i, out.row));
      has_null = has_null || part->is_null();
      value::encode_order_key(*part, join_.order, out.key);
    }
    out.has_key = !has_null && !join_.keys.empty();
    return {};
  }

  // Most keys are fields, which are there already.
  Result<const Value*> find_part(std::size_t i, const Value& row) {
    static const Value kNothing;
    if (!paths_[i].empty()) {
      const Value* const field = field_at(row, paths_[i]);
      return field == nullptr ? &kNothing : field;
    }
    TRY(made_, part_of_key(join_, i, row, is_left_, query_));
    return &made_;
  }

  const algebra::Join& join_;
  bool is_left_;
  std::vector<std::vector<std::string>> paths_;  // of the keys; empty: of one that is computed
  Value made_;
  OperatorPtr input_;
  QueryContext& query_;
  Rows batch_;
  std::size_t at_ = 0;
  Status read_;  // what comes after the batch
};

enum Flag : std::uint8_t { kHasKey = 1, kFound = 2, kMayMatch = 4 };

class FileSide final : public JoinSide {
 public:
  FileSide(std::shared_ptr<RowFile> file, QueryContext& query)
      : file_(std::move(file)), query_(query) {
    if (file_ != nullptr) reader_.emplace(*file_, query);
  }

  Result<bool> next(std::size_t, JoinRow& out) override {
    TRY_STATUS(query_.check());
    if (!reader_) return false;
    TRY(const bool more, reader_->next());
    if (!more) return false;
    BytesView content = reader_->content();
    const auto flags = static_cast<std::uint8_t>(content.front());
    content.remove_prefix(1);
    TRY(out.row, value::decode_document(content));
    out.key = Bytes(reader_->key());
    out.has_key = (flags & kHasKey) != 0;
    out.found = (flags & kFound) != 0;
    out.may_match = (flags & kMayMatch) != 0;
    return true;
  }

 private:
  std::shared_ptr<RowFile> file_;
  QueryContext& query_;
  std::optional<RowFileReader> reader_;
};

}  // namespace

std::unique_ptr<JoinSide> join_side(const algebra::Join& join, bool is_left, OperatorPtr input,
                                    QueryContext& query) {
  return std::make_unique<InputSide>(join, is_left, std::move(input), query);
}

std::unique_ptr<JoinSide> join_side(std::shared_ptr<RowFile> file, QueryContext& query) {
  return std::make_unique<FileSide>(std::move(file), query);
}

Result<Value> part_of_key(const algebra::Join& join, std::size_t i, const Value& row, bool is_left,
                          QueryContext& query) {
  const algebra::ExprPtr& part = is_left ? join.keys[i].left : join.keys[i].right;
  TRY(auto found,
      unless_missing(function::evaluate_lambda(part, std::span(&row, 1), query.evaluation)));
  return found ? *std::move(found) : Value();
}

Status JoinWriter::add(const JoinRow& row) {
  content_.clear();
  const int flags =
      (row.has_key ? kHasKey : 0) | (row.found ? kFound : 0) | (row.may_match ? kMayMatch : 0);
  content_.push_back(static_cast<char>(flags));
  TRY_STATUS(value::encode_document(row.row, content_));
  if (parts_) return parts_->add(row.key, content_);
  if (whole_ == nullptr) {
    TRY(whole_, RowFile::create(query_));
  }
  return whole_->add(row.key, content_);
}

Result<SpillPartitions::Files> JoinWriter::finish() {
  if (parts_) return parts_->finish();
  SpillPartitions::Files files;
  if (whole_ != nullptr) TRY_STATUS(whole_->finish());
  files.front() = std::move(whole_);
  return files;
}

}  // namespace octavo::exec
