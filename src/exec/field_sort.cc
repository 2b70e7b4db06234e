// Sort over filters over a scan that gives fields: the sorter has encoded documents and keys that
// are read from their fields, and a document is decoded when it goes out.

#include <algorithm>

#include "exec/field_scan.h"
#include "exec/operators.h"
#include "exec/row_sorter.h"
#include "exec/sort_keys.h"

namespace octavo::exec {
namespace {

// Where a key of a row is found.
struct KeySource {
  bool is_field = false;
  std::size_t place = 0;  // among the scan's columns, or its lambdas
};

// The name of the field that a lambda gives, when it gives a field of its row as it is.
std::optional<std::string> field_alone(const algebra::ExprPtr& lambda) {
  const auto* node = std::get_if<algebra::Lambda>(&lambda->node);
  if (node == nullptr || node->params.size() != 1) return std::nullopt;
  const auto* call = std::get_if<algebra::Call>(&node->body->node);
  if (call == nullptr) return std::nullopt;
  const function::Family* family = function::find_family(call->function.family);
  // Without kernels a family reads what is missing by its own rule.
  if (family == nullptr || family->kernels == nullptr) return std::nullopt;
  const auto access = family->field_of(*call);
  if (!access) return std::nullopt;
  const auto* row = std::get_if<algebra::Var>(&access->object->node);
  if (row == nullptr || row->id != node->params.front()) return std::nullopt;
  return std::string(access->name);
}

class FieldSortOperator final : public Operator {
 public:
  FieldSortOperator(const algebra::Sort& sort, std::optional<std::uint64_t> keep,
                    std::vector<KeySource> keys, std::unique_ptr<FieldScan> scan,
                    const OperatorContext& context)
      : sort_(sort),
        keys_(std::move(keys)),
        context_(context),
        scan_(std::move(scan)),
        sorter_({.keep = keep, .ties = sort.ties}, context) {}

  Status next(std::size_t max_rows, Rows& out) override {
    TRY_STATUS(fill());
    TRY_STATUS(context_.query.check());
    const function::BatchBytes bytes(context_.query.evaluation);
    for (std::size_t n = 0; n < max_rows && (n == 0 || !bytes.enough()); ++n) {
      TRY(const bool more, sorter_.next());
      if (!more) return {};
      TRY(value::Value row, scan_->decode(sorter_.content()));
      out.push_back(std::move(row));
    }
    return {};
  }

  Result<std::uint64_t> skip(std::uint64_t rows) override {
    TRY_STATUS(fill());
    return sorter_.skip(rows);
  }

 private:
  Status fill() {
    if (filled_) return {};
    for (bool more = true; more;) {
      TRY(more, scan_->next());
      if (!more) break;
      for (const std::uint16_t row : scan_->rows()) TRY_STATUS(add(row));
    }
    TRY_STATUS(sorter_.sort());
    filled_ = true;
    return {};
  }

  Status add(std::uint16_t row) {
    key_.clear();
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      if (keys_[i].is_field) {
        TRY_STATUS(append_sort_key(sort_, i, scan_->column(keys_[i].place), row, key_));
      } else {
        TRY(const auto found, scan_->value_of(keys_[i].place, row));
        append_sort_key(sort_, i, found, key_);
      }
    }
    if (!sorter_.wants(key_)) return {};
    TRY(const BytesView document, scan_->encoded(row));
    TRY_STATUS(sorter_.add(key_, document));
    return check_most(sort_, sorter_.rows());
  }

  algebra::Sort sort_;
  std::vector<KeySource> keys_;
  OperatorContext context_;
  std::unique_ptr<FieldScan> scan_;
  RowSorter sorter_;
  Bytes key_;  // of the row that is being added
  bool filled_ = false;
};

}  // namespace

Result<OperatorPtr> make_field_sort(const algebra::Sort& sort, std::optional<std::uint64_t> keep,
                                    const OperatorContext& context) {
  std::vector<KeySource> keys;
  FieldScan::Wanted wanted{.lambdas = {}, .columns = {}, .documents = true};
  for (const algebra::SortKey& key : sort.keys) {
    if (auto field = field_alone(key.key)) {
      keys.push_back({.is_field = true, .place = wanted.columns.size()});
      wanted.columns.push_back(*std::move(field));
    } else {
      keys.push_back({.is_field = false, .place = wanted.lambdas.size()});
      wanted.lambdas.push_back({key.key, std::nullopt});
    }
  }
  TRY(auto scan, FieldScan::make(sort.input, wanted, context));
  if (scan == nullptr) return nullptr;
  return std::make_unique<FieldSortOperator>(sort, keep, std::move(keys), std::move(scan), context);
}

}  // namespace octavo::exec
